"""A run's result as a project of its own."""

from tools.export.project import export_project, project_job, project_ran

__all__ = ["export_project", "project_job", "project_ran"]
