"""The kiosk: what the person at the cabinet sees and does, served on loopback only.

`screen` holds the state, `server` serves the page and its socket; the page itself is
`index.html`, `kiosk.css` and `kiosk.js` beside them.
"""
