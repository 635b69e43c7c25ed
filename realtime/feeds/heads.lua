-- Tell where channels of one shard stand.
--
-- KEYS      pairs: stream, meta
-- ARGV[1]   life of an unused channel, ms
-- Returns epoch, offset for each channel, flat.

local answer = {}
for i = 1, #KEYS, 2 do
  local epoch, head = current(KEYS[i], KEYS[i + 1], ARGV[1])
  answer[#answer + 1] = epoch
  answer[#answer + 1] = head
end
return answer
