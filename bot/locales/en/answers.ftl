answers-how-to-ask = Write the question after the command, or without any command: “Why does the pump whine?”
answers-queue-position = { $position ->
    [1] The model is busy, you are next…
   *[other] The model is busy, you are number { $position } in line…
}
answers-in-line = { $before ->
    [1] Got it. I will answer this right after the current question. /stop stops everything.
   *[other] Got it. { $before } questions before it; /stop stops everything.
}
answers-button-stop = ⏹ Stop
answers-button-again = Ask again
answers-stopped = Stopped.
answers-cut-short = Cut short: I am being restarted. Please ask again in a minute.
answers-interrupted =
    I was restarted before I could answer:
    “{ $question }”
answers-nothing-to-stop = I am not writing anything at the moment.
answers-nothing-to-retry = You have not asked anything in this chat yet.
answers-new = Let's start afresh. What does the machine do?
answers-sources = Sources
answers-page = p. { $page }
answers-refusal = The documents don't answer this, so I won't guess.
answers-refusal-missing = Not found in any document: { $words }.
answers-refusal-nearest = Closest to it:
answers-refusal-advice = Try to name the machine, the part and what you see or measure – or ask an admin to add the missing document.
answers-refusal-values = None of the passages found gives { $values }.
answers-partial = The documents may not answer this. The nearest passages, word for word:
quantity-torque = a tightening torque
quantity-price = a price
quantity-part-number = a part or serial number
quantity-phone = a phone number
quantity-interval = an interval or a service life
quantity-pressure = a pressure
quantity-temperature = a temperature
quantity-flow = a flow rate
quantity-viscosity = a viscosity
quantity-length = a dimension
quantity-speed = a speed
quantity-voltage = a voltage
quantity-current = a current
quantity-content = a content in ppm or percent
quantity-weight = a weight
quantity-volume = a volume
quantity-vibration = a vibration velocity
quantity-frequency = a frequency
quantity-power = a power
quantity-force = a force
quantity-colour = a colour
quantity-record = a record of who did what when
quantity-noise = a noise level
quantity-resistance = an electrical resistance
