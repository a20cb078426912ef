"""Questions with known answers, and how well retrieval and the gate do on them."""
