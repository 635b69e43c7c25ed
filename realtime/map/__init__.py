"""Staff's live map: one picture a process, and what each socket is shown of it."""
