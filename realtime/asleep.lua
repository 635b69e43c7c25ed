-- Take couriers who are to be looked at: at most one look a courier at a time, one in a gap.
--
-- KEYS[1]  sorted set: courier -> when due (ms)
-- KEYS[2]  sorted set: courier -> when whoever looks at them is taken for dead (ms)
-- KEYS[3]  the beginning of the keys that say who was told; all of one slot
-- ARGV     now (ms), most couriers, gap (ms), lease (ms)
-- Returns the couriers; each is given back by `done`, or is due again when its lease ends.

local now = tonumber(ARGV[1])
for _, courier in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('ZREM', KEYS[2], courier)
  redis.call('ZADD', KEYS[1], 'NX', now, courier)
end
local taken = {}
for _, courier in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local left = redis.call('PTTL', KEYS[3] .. courier)
  if redis.call('ZSCORE', KEYS[2], courier) then
    redis.call('ZADD', KEYS[1], now + 1000, courier)
  elseif left > 0 then
    redis.call('ZADD', KEYS[1], now + left, courier)
  else
    redis.call('ZREM', KEYS[1], courier)
    redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]), courier)
    taken[#taken + 1] = courier
  end
end
return taken
