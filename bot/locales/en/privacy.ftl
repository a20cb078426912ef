privacy-private = What I keep about you is between us: send this in a private chat with me, please.
privacy-file =
    Everything I keep about you: profile, questions and answers with your ratings, subscriptions, uploads, reports and audit entries, each a JSON file.

    Documents' text is left out, and so are answers from documents you may no longer read. /forgetme has it deleted.
privacy-too-often = You have just had your data. You can have them again in { $minutes } min.
privacy-too-large = Your data come to more than { $limit } MB, which is more than Telegram takes. Ask an admin, please.
privacy-plan = You want me to forget you. This is what it means:
privacy-deleted = Deleted for good:
privacy-profile = your profile, role, settings and access
privacy-questions = { $count ->
        [one] { $count } question with its answer and rating
       *[other] { $count } questions with answers and ratings
    }
privacy-subscriptions = your alarm subscriptions and calls
privacy-messages = { $count ->
        [one] { $count } record of a message sent to you
       *[other] { $count } records of messages sent to you
    }
privacy-stays = Stays, without your name and id:
privacy-documents = { $count ->
        [one] { $count } document you uploaded
       *[other] { $count } documents you uploaded
    }
privacy-reports = { $count ->
        [one] { $count } entry in reports and handovers
       *[other] { $count } entries in reports and handovers
    }
privacy-alarms = { $count ->
        [one] { $count } step with alarms
       *[other] { $count } steps with alarms
    }
privacy-oncall = { $count ->
        [one] { $count } rota or chain of calls you are in
       *[other] { $count } rotas and chains of calls you are in
    }
privacy-audit = { $count ->
        [one] { $count } entry of the audit log
       *[other] { $count } entries of the audit log
    }
privacy-why = Why: the plant must be able to prove what was done to its machines and data, and others work with these reports. In place of you there will be a number that leads to nobody.
privacy-no-way-back = There is no way back, and you will need an admin to be let in again. What stands in our chat only you can delete. Backups keep copies until they are rotated out.
privacy-button-forget = 🗑 Forget me for good
privacy-button-keep = Keep everything
privacy-kept = Everything stays as it was.
privacy-too-old = That was a while ago. Please send /forgetme again.
privacy-done = Done: I have forgotten you ({ $count ->
        [one] { $count } record
       *[other] { $count } records
    } deleted). You can clear this chat in Telegram now. Goodbye!
