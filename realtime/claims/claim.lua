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
local run = run_id()

-- A race's log with the entries of this batch's requests, read at once and written at once.
local function load_log(key, fields)
  local found = redis.call('HMGET', key, 'n', 'cut', 'run', 'pt', unpack(fields))
  local log = {key = key, n = tonumber(found[1]) or 0, cut = tonumber(found[2]) or 0,
               run = found[3] or nil, pt = found[4] or '0', entries = {}, fresh = {}}
  for i, field in ipairs(fields) do log.entries[field] = found[i + 4] or nil end
  return log
end

local function save_log(log)
  local words = {'n', int(log.n), 'cut', int(log.cut), 'run', log.run or run, 'pt', log.pt}
  for field in pairs(log.fresh) do
    words[#words + 1] = field
    words[#words + 1] = log.entries[field]
  end
  redis.call('HSET', log.key, unpack(words))
  redis.call('PEXPIRE', log.key, life[1])
end

-- The attempt as first logged at this version, or a new one with the next arrival number.
local function attempt_of(log, field, version)
  local text = log.entries[field]
  if text then
    local arrival, at, v, answer = string.match(text, '^(%d+) (%d+) (%d+) (.+)$')
    if tonumber(v) == version then
      return {arrival = tonumber(arrival), at = tonumber(at), answer = answer, old = true}
    end
  end
  return {arrival = log.n + 1, at = now}
end

-- A full log of a race keeps its first attempts (and every winner); that of a resource
-- without races (version 0) starts again, since it never ends.
local function make_room(log, version, answer)
  if log.n - log.cut < kept or answer == 'won' then return true end
  if version ~= 0 then return false end
  redis.call('DEL', log.key)
  log.cut, log.entries, log.fresh = log.n, {}, {}
  return true
end

local function write_attempt(race, field, try, answer)
  local log, rec = race.log, race.record
  log.dirty = true
  if not try.old then
    local room = make_room(log, race.version, answer)
    log.n = log.n + 1
    if not room then
      log.cut = log.cut + 1
      return
    end
  end
  if log.run ~= run then
    if log.run or rec.pt == '1' then log.pt = '1' end
    log.run = run
  end
  log.entries[field] = string.format('%d %d %d %s', try.arrival, try.at, rec.v, answer)
  log.fresh[field] = true
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

local function claim(race, who, request, field)
  local rec, version = race.record, race.version
  if not rec.v then return {'unknown', 'missing'} end
  if version > rec.v then return {'unknown', 'behind'} end
  if version ~= 0 and version < rec.v then return {'stale', rec.v} end
  touch(rec, run)
  local try = attempt_of(race.log, field, rec.v)
  local answer = decide(rec, who, request, try)
  if not answer then return {'unknown', 'lapsed'} end
  -- The first answer stands, but a win is always worth writing.
  if not try.old or (answer[1] == 'won' and try.answer ~= 'won') then
    local word = answer[1] == 'taken' and 'taken ' .. int(answer[3]) or answer[1]
    write_attempt(race, field, try, word)
  end
  return answer
end

local races = {}
for i = 2, #KEYS, 2 do
  races[i / 2] = {key = KEYS[i], log_key = KEYS[i + 1], fields = {}}
end
local fields = {}
for i = 6, #ARGV, 4 do
  local race = races[tonumber(ARGV[i])]
  race.version = tonumber(ARGV[i + 3])
  fields[i] = 'r:' .. ARGV[i + 1] .. ' ' .. ARGV[i + 2]
  race.fields[#race.fields + 1] = fields[i]
end

-- Two versions of one resource share its record.
local records = {}
for _, race in ipairs(races) do
  race.log = load_log(race.log_key, race.fields)
  records[race.key] = records[race.key] or load(race.key)
  race.record = records[race.key]
end

local answers = {now}
for i = 6, #ARGV, 4 do
  local race = races[tonumber(ARGV[i])]
  answers[#answers + 1] = claim(race, ARGV[i + 1], ARGV[i + 2], fields[i])
end

for _, rec in pairs(records) do
  if rec.dirty then save(rec, leases, life) end
end
for _, race in ipairs(races) do
  if race.log.dirty then save_log(race.log) end
end
return answers
