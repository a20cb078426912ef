"""The plant's door: readings by HTTP and MQTT, in a process of its own, so that neither waits for the other's users."""
