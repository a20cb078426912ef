signal-poor = Poor signal: I answer in one short message, without pictures; the rest comes on a tap. /signal switches back.
signal-good = Good signal: full answers and pictures again.
signal-button-answer = Whole answer
signal-button-chart = 📈 Chart and all sensors
