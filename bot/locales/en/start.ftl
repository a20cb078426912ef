start-welcome =
    Hello, { $name }! I help to find faults in hydraulic machines.

    Just write what you see, for example: “The pump whines and the boom drifts down”. I answer from the plant's documents and show the sources.

    /summary – what the sensors say now
    /help – everything I can do
start-welcome-admin = You are an admin: send me a file to add it to the library, /users shows who has access, /invite lets people in.
start-stranger =
    Hello! I answer questions about this plant's hydraulic machines, for people an admin has let in.

    You can ask to be let in with the button below. If you have an invitation code, send /start and the code.

    Your Telegram id: { $id }
start-stranger-short = An admin has to approve your access first.
start-access-granted =
    You have access now ({ $role }). Just write what the machine does, and I will look for the cause.

    /help shows everything I can do.
start-role-changed = Your role is now: { $role }. /help shows what you can do.
start-help =
    Write a question in your own words, in English or Russian. I answer from the documents only, with sources; when they don't have the answer, I say so.

    The more you tell, the better: machine, pressure, oil temperature, when it started.
start-help-safety = Before you open a circuit: switch off, lock out, lower the load, discharge accumulators and check that the pressure is zero.
start-choose-language = Which language shall I speak? / На каком языке отвечать?
start-language-set = I will speak English.
start-unknown-command = I don't know this command. /help lists those I know.
start-unsupported = I can't read pictures, voice messages and the like yet. Please describe it in words.
start-unknown-button = This button no longer works. Please use the command again.
start-button-join = 🙋 Ask to be let in
start-asked = I have passed your request on; you will get a message as soon as it is decided.
start-asked-already = Your request is with the admins already.
