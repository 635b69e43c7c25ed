-- claim.lua: many claims of one shard, in the order they arrived.
--
-- KEYS  1 leases, then for each race (a resource at a version) 2: record, log
-- ARGV  1 lease us, 2 receipts kept, 3-5 life ms (open, ended, recheck),
--       then for each claim 4: race (from 1), claimant, request, version (0: any)
-- Returns {now us, answer, ...}, an answer a claim:
--   {'won', version, arrival, place}               the place is theirs until the lease ends
--   {'yours', version, arrival, place, confirmed, same request}   confirmed 0: ask the judge again
--   {'taken', arrival, us the latest holder was earlier}
--   {'stale', version} {'closed', version} {'barred', version}
--   {'unknown', 'missing' | 'behind' | 'lapsed'}   only the judge knows
-- A repeated (claimant, request) keeps its arrival, and `taken` its numbers; it is logged once.

local leases = KEYS[1]
local lease, kept = tonumber(ARGV[1]), tonumber(ARGV[2])
local life = {ARGV[3], ARGV[4], ARGV[5]}
local now = now_us()
local run = server()

local function load_log(key)
  local meta = redis.call('HMGET', key, 'n', 'cut', 'run', 'pt')
  return {key = key, n = tonumber(meta[1]) or 0, cut = tonumber(meta[2]) or 0,
          run = meta[3] or nil, pt = meta[4] or '0'}
end

-- The attempt as first logged at this version, or a new one with the next arrival number.
local function attempt_of(race, who, request, version)
  local text = redis.call('HGET', race.log.key, 'r:' .. who .. ' ' .. request)
  if text then
    local arrival, at, v, answer = string.match(text, '^(%d+) (%d+) (%d+) (.+)$')
    if tonumber(v) == version then
      return {arrival = tonumber(arrival), at = tonumber(at), answer = answer, old = true}
    end
  end
  return {arrival = race.log.n + 1, at = now}
end

-- A full log of a race keeps its first attempts (and every winner); that of a resource
-- without races (version 0) starts again, since it never ends.
local function make_room(race, answer)
  local log = race.log
  if log.n - log.cut < kept or answer == 'won' then return true end
  if race.version ~= 0 then return false end
  redis.call('DEL', log.key)
  log.cut = log.n
  return true
end

local function write_attempt(race, who, request, try, answer)
  local log = race.log
  if not try.old then
    local room = make_room(race, answer)
    log.n = log.n + 1
    if not room then
      log.cut = log.cut + 1
      log.dirty = true
      return
    end
  end
  if log.run ~= run then
    if log.run or race.record.pt == '1' then log.pt = '1' end
    log.run = run
  end
  log.dirty = true
  redis.call('HSET', log.key, 'r:' .. who .. ' ' .. request,
             table.concat({int(try.arrival), int(try.at), int(race.record.v), answer}, ' '))
end

local function latest(rec)
  local at, any_lapsed = 0, false
  for _, holder in pairs(rec.places) do
    if lapsed(holder, now) then any_lapsed = true end
    if holder.at > at then at = holder.at end
  end
  return at, any_lapsed
end

local function yours(rec, place, holder, request)
  if holder.confirmed == 0 then
    holder.deadline = now + lease
    rec.dirty = true
  end
  return {'yours', rec.v, holder.arrival, place, holder.confirmed > 0 and 1 or 0,
          holder.request == request and 1 or 0}
end

local function win(rec, place, who, request, try)
  rec.places[place] = {who = who, request = request, arrival = try.arrival, at = try.at,
                       deadline = now + lease, confirmed = 0}
  rec.dirty = true
  return {'won', rec.v, try.arrival, place}
end

-- Decide between claimants at the record's own version. nil: unknown.
local function decide(rec, who, request, try)
  if rec.st == 'closed' then return {'closed', rec.v} end
  local place, holder = place_of(rec, who)
  if holder then
    if lapsed(holder, now) then return nil end
    return yours(rec, place, holder, request)
  end
  if rec.barred[who] then return {'barred', rec.v} end
  local earlier = try.old and string.match(try.answer, '^taken (%d+)$')
  if earlier then return {'taken', try.arrival, tonumber(earlier)} end
  place = free_place(rec)
  if place then return win(rec, place, who, request, try) end
  local at, any_lapsed = latest(rec)
  if any_lapsed then return nil end
  return {'taken', try.arrival, math.max(0, try.at - at)}
end

local function claim(race, who, request, version)
  local rec = race.record
  if not rec.v then return {'unknown', 'missing'} end
  if version > rec.v then return {'unknown', 'behind'} end
  if version ~= 0 and version < rec.v then return {'stale', rec.v} end
  touch(rec, run)
  local try = attempt_of(race, who, request, rec.v)
  local answer = decide(rec, who, request, try)
  if not answer then return {'unknown', 'lapsed'} end
  local kind = answer[1] == 'taken' and 'taken ' .. int(answer[3]) or answer[1]
  -- The first answer stands, but a win is always worth writing.
  if not try.old or (answer[1] == 'won' and try.answer ~= 'won') then
    write_attempt(race, who, request, try, kind)
  end
  return answer
end

local races = {}
for i = 2, #KEYS, 2 do
  races[i / 2] = {key = KEYS[i], log = load_log(KEYS[i + 1])}
end

-- Two versions of one resource share its record.
local records = {}
local answers = {now}
for i = 6, #ARGV, 4 do
  local race = races[tonumber(ARGV[i])]
  local version = tonumber(ARGV[i + 3])
  race.version = version
  if not records[race.key] then records[race.key] = load(race.key) end
  race.record = records[race.key]
  answers[#answers + 1] = claim(race, ARGV[i + 1], ARGV[i + 2], version)
end

for _, rec in pairs(records) do
  if rec.dirty then save(rec, leases, life) end
end
for _, race in pairs(races) do
  local log = race.log
  if log.dirty then
    redis.call('HSET', log.key, 'n', int(log.n), 'cut', int(log.cut), 'run', log.run or run,
               'pt', log.pt)
    redis.call('PEXPIRE', log.key, life[1])
  end
end
return answers
