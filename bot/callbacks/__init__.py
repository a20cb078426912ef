"""What inline buttons carry, a file per noun; Telegram allows 64 bytes.

Those of subscriptions, duty and chains name the state to be reached, not a step: pressed twice, or late, they do
nothing new.
"""
