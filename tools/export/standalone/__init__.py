"""What an exported project needs beside its training function: data, training, weights, prediction."""
