-- bar.lua: keep a claimant from a resource, over all its versions, or let them again.
--
-- KEYS  record, leases
-- ARGV  1 claimant, 2 bar | lift, 3 bars kept, 4-6 life ms
-- Returns 1, or 0 when nothing changed (already so, or the bound of bars is reached, in which
-- case the judge refuses them each time). Without a record it is begun for the bar alone.

local rec = load(KEYS[1])
local changed
if ARGV[2] == 'bar' then
  changed = bar(rec, ARGV[1], tonumber(ARGV[3]))
else
  changed = lift(rec, ARGV[1])
end
if changed then
  save(rec, KEYS[2], {ARGV[4], ARGV[5], ARGV[6]})
  return 1
end
return 0
