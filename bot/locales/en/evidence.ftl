evidence-heading = 🔧 { $name }: sensors, { $period }
evidence-unreadable = The readings can't be had now; the answer is from documents only.
evidence-well = Others within limits: { $count }
evidence-changed = We talk about this machine now. /new changes the subject.
evidence-disagreement = ⚠️ They disagree: document [{ $passage }] says { $stated }, sensor [S{ $sensor }] shows { $value }.
