-- confirm.lua: the judge awarded a place.
--
-- KEYS  record, leases
-- ARGV  1 version, 2 claimant, 3 request, 4 place, 5 arrival, 6 until us (0: no end),
--       7-9 life ms
-- Returns 1, or 0 when the record is gone, closed or at another version and nothing changed
-- (whoever claims next asks the judge).
--
-- Another's award under way in that place is displaced: the judge will refuse it.

local key, leases = KEYS[1], KEYS[2]
local who, place = ARGV[2], tonumber(ARGV[4])
local rec = load(key)
if rec.v ~= tonumber(ARGV[1]) or rec.st == 'closed' then return 0 end

local now = now_us()
touch(rec, run_id())
local old_place, holder = place_of(rec, who)
if old_place then rec.places[old_place] = nil end
holder = holder or {who = who, request = ARGV[3], arrival = tonumber(ARGV[5]), at = now}
holder.confirmed, holder.deadline = now, tonumber(ARGV[6])
rec.places[place] = holder
save(rec, leases, {ARGV[7], ARGV[8], ARGV[9]})
return 1
