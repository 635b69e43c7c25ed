"""Reading ID cards and vehicle licences off photos: on this machine, or by those who offer it."""
