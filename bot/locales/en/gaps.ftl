gaps-none = Nothing is missing: over the last { $days } days every question was answered, and no answer got a thumb down.
gaps-heading = What the documents lack ({ $days } days): { $count }
gaps-nearest = Closest: { $titles }
gaps-counts = Asked { $asked ->
    [one] once
   *[other] { $asked } times
} by { $askers ->
    [one] one person
   *[other] { $askers } people
}, last on { $date }
gaps-button-csv = ⬇ As a table (CSV)
gaps-file = What people asked and the documents lack. No names are in it.
gaps-button-want = 📄 Ask for this document
gaps-passed-on = I have passed your question on to the admins, with your name, so that they can add the document.
gaps-wanted =
    { $name } asks for a document that answers:
    “{ $question }”
