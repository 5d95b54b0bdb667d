/**
 * Twin of `fair-share`, `direct-share` and `turns` in `domain/rate-limit`, for the scripts of the budget. A queue is
 * three sorted sets, so that a call costs the logarithm of how many parents there are: `times` has every known
 * parent's virtual time and, under the empty name, the floor; `waiting` the times of those that wait; `until` how
 * long they do. They expire when nobody asks, as no limit state does: losing one costs a moment of equal starts.
 */
export const FAIR_SHARE_LUA = String.raw`
local FAIR_SCALE, FAIR_QUANTUM, FAIR_RETRY, WAITING, NEXT_CALL, KEEP_PLACE = 100000000, 4, 50, 2000, 200, 60000
local FAIR_LIFE_MS = 120000
local DIRECT_SLOTS = 10

local parent, direct = request.parent, request.direct
-- bans are not shared out, nor is what a probe or an adopted call takes
local function is_shared(draw) return request.mode == 'normal' and draw.kind ~= 'ban' and draw.cost > 0 end

local queues = {}
-- the queue as it is now: who did not come back in time waits no longer
local function queue_of(draw)
  local queue = queues[draw.name]
  if queue then return queue end
  local key = base .. 'fair:' .. draw.name .. ':' .. request.priority
  queue = { times = key .. ':times', waiting = key .. ':waiting', till = key .. ':until' }
  -- mostly nobody waits, and then nothing of that is asked
  queue.waits = redis.call('ZCARD', queue.waiting)
  if queue.waits > 0 then
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue.till, '-inf', '(' .. whole(now))) do
      queue.waits = queue.waits - redis.call('ZREM', queue.waiting, id)
      redis.call('ZREM', queue.till, id)
    end
    local first = redis.call('ZRANGE', queue.waiting, 0, 1, 'WITHSCORES')
    for i = 1, #first, 2 do
      if not queue.lowest and first[i] ~= parent.id then queue.lowest = tonumber(first[i + 1]) end
    end
  end
  queue.floor = tonumber(redis.call('ZSCORE', queue.times, '') or 0)
  queue.start = math.max(queue.floor, tonumber(redis.call('ZSCORE', queue.times, parent.id) or queue.floor))
  queues[draw.name] = queue
  return queue
end
local function step_of(draw) return math.max(1, math.floor(draw.cost * FAIR_SCALE / (math.max(draw.limit, 1) * parent.weight))) end
local function keep_queue(queue, waits)
  redis.call('PEXPIRE', queue.times, whole(FAIR_LIFE_MS))
  if not waits then return end
  redis.call('PEXPIRE', queue.waiting, whole(FAIR_LIFE_MS))
  redis.call('PEXPIRE', queue.till, whole(FAIR_LIFE_MS))
end
local function wait_in_turn(draw, come_at)
  local queue = queue_of(draw)
  local till = now
  if come_at - now <= KEEP_PLACE then till = come_at end
  redis.call('ZADD', queue.times, whole(queue.floor), '', whole(queue.start), parent.id)
  redis.call('ZADD', queue.waiting, whole(queue.start), parent.id)
  redis.call('ZADD', queue.till, whole(till + WAITING), parent.id)
  keep_queue(queue, true)
end
local function take_turn(draw)
  local queue, step = queue_of(draw), step_of(draw)
  local waiting = queue.waits
  if waiting > 0 and redis.call('ZSCORE', queue.till, parent.id) then
    redis.call('ZADD', queue.waiting, whole(queue.start + step), parent.id)
    redis.call('ZADD', queue.till, whole(now + NEXT_CALL), parent.id)
    waiting = waiting - 1
  end
  local pace = math.floor(step / (4 * (waiting + 1)))
  local floor = math.max(queue.floor + pace, queue.start - FAIR_QUANTUM * step)
  if queue.lowest then floor = math.min(floor, queue.lowest) end
  redis.call('ZADD', queue.times, whole(floor), '', whole(queue.start + step), parent.id)
  redis.call('ZREMRANGEBYSCORE', queue.times, '-inf', '(' .. whole(floor))
  keep_queue(queue, queue.waits > 0)
end

local function direct_name(draw) return draw.name .. ':' .. direct.strategyId end
local function direct_period(draw)
  if draw.kind == 'ban' or draw.kind == 'lifetime_budget' then return 0 end
  if draw.rate > 0 then return math.ceil(draw.limit / draw.rate) end
  return draw.windowMs
end
-- only placing is limited: a strategy may always reduce and cancel
local function is_direct(draw) return direct and request.priority == 'place' and direct_period(draw) > 0 end
local function slot_ms(draw) return math.ceil(direct_period(draw) / DIRECT_SLOTS) end
-- the slots of a strategy that still count, oldest first
local function direct_slots(draw)
  local oldest, slots = math.floor(now / slot_ms(draw)) - DIRECT_SLOTS, {}
  for slot, taken in pairs(read(base .. 'direct:' .. direct_name(draw)) or {}) do
    if tonumber(slot) >= oldest then slots[#slots + 1] = { slot = tonumber(slot), taken = taken } end
  end
  table.sort(slots, function(a, b) return a.slot < b.slot end)
  return slots
end
local function direct_denied_until(draw, allowed)
  local sum, till, slots = 0, nil, direct_slots(draw)
  for _, s in ipairs(slots) do sum = sum + s.taken end
  for _, s in ipairs(slots) do
    if sum == 0 or sum + draw.cost <= allowed then break end
    sum = sum - s.taken
    till = (s.slot + DIRECT_SLOTS + 1) * slot_ms(draw)
  end
  return till
end
local function add_direct_use(draw)
  local current, use = math.floor(now / slot_ms(draw)), {}
  for _, s in ipairs(direct_slots(draw)) do use[whole(s.slot)] = s.taken end
  use[whole(current)] = (use[whole(current)] or 0) + draw.cost
  redis.call('SET', base .. 'direct:' .. direct_name(draw), cjson.encode(use),
    'PX', whole(slot_ms(draw) * (DIRECT_SLOTS + 2)))
  return { name = direct_name(draw), slot = current, cost = draw.cost }
end

-- refuses what the limit has room for, because of who else wants it; third answer: it is the strategy's share
local function deny_by_turn(draw, ask, allowance)
  local state = state_of(draw.name, draw.kind)
  if not state or not is_shared(draw) then return nil end
  if is_direct(draw) then
    local till = direct_denied_until(draw, math.floor(allowance(state, draw) * direct.share / 1000))
    if till then return 'fair_share', till, true end
  end
  if not parent then return nil end
  local half = setmetatable({ ceiling = draw.ceiling / 2, cost = 1 }, { __index = draw })
  if not ask(half) then return nil end
  local queue = queue_of(draw)
  if queue.lowest and queue.start - queue.lowest > FAIR_QUANTUM * step_of(draw) then
    return 'fair_share', now + FAIR_RETRY, false
  end
  return nil
end
local function wait_for_turns(denials, allowance)
  if not parent then return end
  for _, d in ipairs(denials) do
    local state = state_of(d.draw.name, d.draw.kind)
    if d.strategy or not state or not is_shared(d.draw) or d.reason == 'cold' then return end
    if d.draw.cost > allowance(state, d.draw) then return end
  end
  for _, d in ipairs(denials) do wait_in_turn(d.draw, d.till) end
end
-- counts a granted call for its parent and its strategy; gives what the token remembers
local function take_turns()
  local taken = {}
  for _, draw in ipairs(request.draws) do
    if is_shared(draw) then
      if parent then take_turn(draw) end
      if is_direct(draw) then taken[#taken + 1] = add_direct_use(draw) end
    end
  end
  if #taken > 0 then return taken end
  return nil
end
`;

/** For the release: a call that never left is given back to its strategy. Its parent has had its turn. */
export const GIVE_BACK_SHARES_LUA = String.raw`
local function give_back_shares(held)
  for _, d in ipairs(held.direct or {}) do
    local key = base .. 'direct:' .. d.name
    local use = read(key)
    if use and use[whole(d.slot)] then
      use[whole(d.slot)] = math.max(0, use[whole(d.slot)] - d.cost)
      redis.call('SET', key, cjson.encode(use), 'KEEPTTL')
    end
  end
end
`;
