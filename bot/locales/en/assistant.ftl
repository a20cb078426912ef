error-question-empty = There is no question in this message.
error-question-no-words = I need words to search for: say what the machine does, e.g. “Why does the pump whine?”
error-question-too-long = The question has { NUMBER($length, useGrouping: 0) } characters, at most { NUMBER($limit, useGrouping: 0) } fit. Please shorten it.
error-question-not-found = I don't have this question any more.
error-document-not-found = There is no such document any more.
error-document-busy = Somebody is adding a document of the same name right now. Try again in a minute.
error-document-no-folder = There is no such file or folder.
error-document-unreadable = This document can't be read. The administrator can see why in the log.
error-nothing-indexed = There are no documents yet, so there is nothing to answer from. An admin can add them.
error-model = The language model broke off.
error-model-timeout = The language model took too long.

answers-unverified = ⚠️ Not in the passages cited, check before use: { $values }

model-ready = These are quotes from the documents, word for word.
model-missing = The model { $model } is not there yet: run “ollama pull { $model }”. Until then: quotes from the documents, word for word.
model-unreachable = No language model is connected: these are quotes from the documents, word for word.
model-failed = The language model broke off: these are quotes from the documents, word for word.
