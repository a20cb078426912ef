feedback-thanks = Thank you, noted.
feedback-why = What is wrong with it?
feedback-wrong = Wrong
feedback-other-machine = Not about my machine
feedback-outdated = Outdated document
feedback-too-long = Too long
feedback-unclear = Unclear
