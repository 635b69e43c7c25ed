-- record.lua: the claim record, shared by every script here (put in front of each).
--
-- A record is one hash, `claim:{shard}:record:KIND:NAME`:
--   v    version          cap  places             st  open | closed
--   run  Redis's run id when last touched         pt  1: the race's receipt may have holes
--   bars how many are barred
--   h:PLACE    "claimant request arrival when deadline confirmed"
--              deadline 0: none; confirmed 0: the judge has not said yes yet, else when it did
--   b:CLAIMANT 1: barred until lifted
-- Its log is one hash a version, `claim:{shard}:log:VERSION:KIND:NAME` (version 0: any):
--   n    attempts so far   cut  attempts not kept   run, pt  as above
--   r:CLAIMANT REQUEST     "arrival when version answer"
-- The shard's `claim:{shard}:leases` sorts the records that have deadlines by the first of them.
-- All instants are Redis's own, in microseconds. A record is never "free" because a lease
-- ended: only the judge's word empties a place.

local function now_us()
  local t = redis.call('TIME')
  return t[1] * 1000000 + t[2]
end

-- Whole numbers as text: Lua alone would write 1.7e+15.
local function int(n)
  return string.format('%d', n)
end

-- One word of INFO. (A plain find: a pattern would be tried at each of its letters.)
local function info_of(info, name)
  local _, last = string.find(info, name .. ':', 1, true)
  return string.match(info, '^%w+', last + 1)
end

-- Redis's identity: it changes with every restart, after which acknowledged writes may be missing.
local function run_id()
  return info_of(redis.call('INFO', 'server'), 'run_id')
end

local function read_holder(text)
  local who, request, arrival, at, deadline, confirmed =
    string.match(text, '^(%S+) (%S+) (%d+) (%d+) (%d+) (%d+)$')
  return {who = who, request = request, arrival = tonumber(arrival), at = tonumber(at),
          deadline = tonumber(deadline), confirmed = tonumber(confirmed)}
end

local function load(key)
  local rec = {key = key, places = {}, barred = {}, bars = 0, pt = '0'}
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local field, value = flat[i], flat[i + 1]
    local mark = string.sub(field, 1, 2)
    if mark == 'h:' then
      rec.places[tonumber(string.sub(field, 3))] = read_holder(value)
    elseif mark == 'b:' then
      rec.barred[string.sub(field, 3)] = true
    elseif field == 'v' or field == 'cap' or field == 'bars' then
      rec[field] = tonumber(value)
    else
      rec[field] = value
    end
  end
  return rec
end

local function place_of(rec, who)
  for place, holder in pairs(rec.places) do
    if holder.who == who then return place, holder end
  end
end

local function free_place(rec)
  for place = 0, rec.cap - 1 do
    if not rec.places[place] then return place end
  end
end

local function lapsed(holder, now)
  return holder.deadline > 0 and holder.deadline <= now
end

-- Whether no place is free and no award is under way.
local function settled(rec)
  if rec.st == 'closed' then return true end
  if free_place(rec) then return false end
  for _, holder in pairs(rec.places) do
    if holder.confirmed == 0 then return false end
  end
  return true
end

-- life = {open ms, ended ms, recheck ms}
local function life_of(rec, life)
  if not rec.v or not settled(rec) then return life[1] end
  if rec.st ~= 'closed' and rec.cap > 1 then return life[3] end
  return life[2]
end

-- Write the whole record, its deadline in `leases`, and how long it is kept.
local function save(rec, leases, life)
  local fields, first = {}, nil
  for place, h in pairs(rec.places) do
    fields[#fields + 1] = 'h:' .. place
    fields[#fields + 1] = table.concat({h.who, h.request, int(h.arrival), int(h.at),
                                        int(h.deadline), int(h.confirmed)}, ' ')
    if h.deadline > 0 and (not first or h.deadline < first) then first = h.deadline end
  end
  for who in pairs(rec.barred) do
    fields[#fields + 1] = 'b:' .. who
    fields[#fields + 1] = '1'
  end
  for _, name in ipairs({'v', 'cap', 'st', 'run', 'pt', 'bars'}) do
    if rec[name] then
      fields[#fields + 1] = name
      fields[#fields + 1] = type(rec[name]) == 'number' and int(rec[name]) or rec[name]
    end
  end
  redis.call('DEL', rec.key)
  for i = 1, #fields, 1000 do
    redis.call('HSET', rec.key, unpack(fields, i, math.min(i + 999, #fields)))
  end
  redis.call('PEXPIRE', rec.key, life_of(rec, life))
  local member = string.match(rec.key, ':record:(.*)$')
  if first then
    redis.call('ZADD', leases, int(first), member)
  else
    redis.call('ZREM', leases, member)
  end
end

-- Remember which Redis this is; a change means that attempts may have been forgotten.
local function touch(rec, run)
  if rec.run ~= run then
    rec.run, rec.pt, rec.dirty = run, '1', true
  end
end

-- Begin a race at a version: no holders; bars stay.
local function begin(rec, version, capacity, run, partial)
  rec.v, rec.cap, rec.st, rec.places = version, capacity, 'open', {}
  rec.run, rec.pt = run, partial and '1' or '0'
end

local function bar(rec, who, kept)
  if rec.barred[who] or rec.bars >= kept then return false end
  rec.barred[who], rec.bars = true, rec.bars + 1
  return true
end

local function lift(rec, who)
  if not rec.barred[who] then return false end
  rec.barred[who], rec.bars = nil, rec.bars - 1
  return true
end
