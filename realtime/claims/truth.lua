-- truth.lua: make a record say what the judge says (open, settle, close).
--
-- KEYS  record, leases, log of the dropped claim (any log when none is dropped)
-- ARGV  1 version, 2 open | closed, 3 capacity,
--       4 as of us: when the judge was asked, by Redis's clock; 0: not a reading (an event)
--       5 opened us: when the version was opened, by the judge's clock; 0: unknown
--       6-8 life ms, 9 claimant to drop or "-", 10 their request,
--       then for each holder 5: claimant, place, since us, until us (0: none), request or "-"
-- Returns 1, or 0 when the record is newer and nothing changed.
--
-- At the record's own version: a closed record stays closed; holders the judge names are
-- confirmed; others go if they are older than the question (an award whose lease ended before
-- it, a confirmation from before it), else stay: the answer may have missed them.

local key, leases, log = KEYS[1], KEYS[2], KEYS[3]
local version, as_of, opened = tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5])
local life = {ARGV[6], ARGV[7], ARGV[8]}
local dropped, dropped_request = ARGV[9], ARGV[10]
local now = now_us()
local run = run_id()
local rec = load(key)

-- The latest that Redis may have started: its uptime is known in whole seconds.
local function started_us()
  return now - info_of(redis.call('INFO', 'server'), 'uptime_in_seconds') * 1000000
end

local function named_holders()
  local named = {}
  for i = 11, #ARGV, 5 do
    named[#named + 1] = {who = ARGV[i], request = ARGV[i + 4], arrival = 0,
                         at = tonumber(ARGV[i + 2]), deadline = tonumber(ARGV[i + 3]),
                         confirmed = now, place = tonumber(ARGV[i + 1])}
  end
  return named
end

local function stays(holder)
  if holder.confirmed > 0 then return holder.confirmed >= as_of end
  return holder.who ~= dropped and holder.deadline > as_of
end

-- What the record knew of a named holder's attempt is finer than what the judge knows.
local function remember(holder)
  local _, old = place_of(rec, holder.who)
  if not old then return end
  holder.at = old.at
  if holder.request == '-' or holder.request == old.request then
    holder.request, holder.arrival = old.request, old.arrival
  end
  if old.confirmed > 0 then holder.confirmed = old.confirmed end
end

local function merge(named)
  local places, listed = {}, {}
  for _, holder in ipairs(named) do
    remember(holder)
    places[holder.place], listed[holder.who] = holder, true
  end
  for place, holder in pairs(rec.places) do
    if not listed[holder.who] and not places[place] and stays(holder) then
      places[place] = holder
    end
  end
  rec.places = places
end

-- The dropped claim's entry no longer says that it won.
local function unlog()
  local field = 'r:' .. dropped .. ' ' .. dropped_request
  local text = redis.call('HGET', log, field)
  if text and string.match(text, ' won$') then
    redis.call('HSET', log, field, (string.gsub(text, ' won$', ' lost')))
  end
end

if dropped ~= '-' then unlog() end
if rec.v and rec.v > version then return 0 end
if rec.v ~= version then
  local continued = rec.v and rec.run == run and rec.pt == '0'
  begin(rec, version, tonumber(ARGV[3]), run, not continued and opened <= started_us())
end
touch(rec, run)
if ARGV[2] == 'closed' then
  rec.st, rec.places = 'closed', {}
elseif rec.st == 'open' then
  rec.cap = tonumber(ARGV[3])
  merge(named_holders())
end
save(rec, leases, life)
return 1
