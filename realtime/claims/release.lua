-- release.lua: a claimant's place is free again by the judge's word.
--
-- KEYS  record, leases
-- ARGV  1 version it was held at, 2 claimant, 3 version it is open under now, 4 bars kept,
--       5 bar the claimant (1 | 0), 6-8 life ms
-- Returns 1, or 0 when the record is gone or newer and no place changed. The bar is set anyway.
--
-- A higher version begins a new race, confirmed holders of other places excepted. A place at
-- an unchanged version is only emptied.

local key, leases = KEYS[1], KEYS[2]
local held, who, new = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local life = {ARGV[6], ARGV[7], ARGV[8]}
local rec = load(key)
local run = run_id()

local function renew()
  local places = {}
  for place, holder in pairs(rec.places) do
    if holder.who ~= who and holder.confirmed > 0 and rec.cap > 1 then places[place] = holder end
  end
  begin(rec, new, rec.cap, run, rec.pt == '1' or rec.run ~= run)
  rec.places = places
end

local changed = 0
if rec.v and rec.v <= held then
  changed = 1
  local place = place_of(rec, who)
  if place then rec.places[place] = nil end
  if new > rec.v then renew() end
end
if ARGV[5] == '1' then bar(rec, who, tonumber(ARGV[4])) end
if changed == 1 or ARGV[5] == '1' then save(rec, leases, life) end
return changed
