"""Alarms: their life, who is told of them and when, and what people do with them."""
