-- due.lua: records of one shard with a lease or a hold that ended.
--
-- KEYS  leases    ARGV  1 limit
-- Returns {now us, "KIND:NAME", ...}, the longest ended first. Changes nothing: only the judge's
-- word, brought by truth.lua, takes a record off the list.

local now = now_us()
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', int(now), 'LIMIT', 0, ARGV[1])
table.insert(due, 1, now)
return due
