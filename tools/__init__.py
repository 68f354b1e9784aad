"""Tools act: papers, datasets, static review, execution, measurement, tuning, cache, report. Plain typed functions."""
