"""What the product knows and does; knows nothing of Telegram or of arq's worker."""
