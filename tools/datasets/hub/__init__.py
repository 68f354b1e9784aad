"""The datasets of the Hugging Face hub that arxla knows by name. See README.md of the folder above."""
