/**
 * What all scripts of the budget begin with: the request, the time, the states and how they are written back.
 *
 * KEYS  1 clock, 2 announced, 3 holds, 4 crossings, 5 names, 6 token, then one per draw
 * ARGV  1 what all keys of the venue begin with, 2 the request as JSON, 3 now in ms (tests only: the clock
 *       of Redis rules when it is absent)
 *
 * Every state is one JSON string, in which a figure that is zero is left out: most are, and every figure is
 * paid for at each call. Limit states have no expiry: a missing key must mean a wipe, never idleness. All keys of a venue share one hash tag, so the limit keys that a sweep finds in a token's
 * record are in the same slot as the declared ones. Numbers stay whole and below 10^14, which is what
 * `cjson` writes exactly; `%d` is avoided, as it cuts to 32 bits on the embedded server.
 */
export const PRELUDE = String.raw`
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local SAMPLE_LIFE, UNKNOWN_ERROR, MAX_SAMPLES = 60000, 5000, 16
local MIN_COLD, COLD_RETRY, LONGEST_COLD_WAIT = 15000, 1000, 86400000
local IN_FLIGHT_RETRY, NEVER = 100, 1000000000000
local WAIT_WINDOW, WAIT_REFILL = -1, -2
local SWEEP_BATCH = 32
local TOKEN_LIFE_MS = 900000
local STREAM_LENGTH = 100000

local base = ARGV[1]
local request = cjson.decode(ARGV[2])
local now = tonumber(ARGV[3])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000 + floor(tonumber(t[2]) / 1000)
end

local function whole(n) return string.format('%.0f', n) end

-- what is left out of the texts is zero
local ZEROS = { __index = {
  life = 0, cold = 0, closed = 0, halved = 0, strike1 = 0, strike2 = 0, inFlight = 0, settled = 0, readAt = 0, readBy = 0, arm = 0,
  crossed = 0, cost = 0, at = 0, level = 0, used = 0, cap = 0, since = 0, actedAt = 0, height = 0, seen = 0,
  limit = 0, windowMs = 0, rate = 0, resume = 0, blocks = 0,
} }
local function with_zeros(values) return setmetatable(values, ZEROS) end
local function without_zeros(values)
  for key, value in pairs(values) do
    if value == 0 then values[key] = nil end
  end
end
for _, draw in ipairs(request.draws or { request.draw }) do with_zeros(draw) end

-- everything that the keys name, read at once; limit states by their names
local states, is_new, dirty = {}, {}, {}
local texts = redis.call('MGET', KEYS[1], KEYS[2], unpack(KEYS, 6))
local function decoded(text) return text and cjson.decode(text) or nil end
local function read(key) return decoded(redis.call('GET', key)) end
local clock, clock_changed = decoded(texts[1]) or { lastNow = 0, backs = 0, life = 0, offset = 0, samples = {} }, false
clock.life = clock.life or 0
local announced = decoded(texts[2]) or {}
local function decoded_token(text)
  local token = decoded(text)
  for _, part in ipairs(token and token.parts or {}) do with_zeros(part) end
  return token
end
-- of this life: what was reserved in an earlier one counts as lost with the counts it was taken from
local function is_living(one) return (one.life or 0) == clock.life end
local kept_token = decoded_token(texts[3])
local token_state = kept_token and is_living(kept_token) and kept_token or nil
for i = 7, #KEYS do states[string.sub(KEYS[i], #base + 1)] = decoded(texts[i - 3]) or false end

-- the state of a limit of any life; one that was kept for another kind counts as lost
local function kept_of(name, kind)
  local state = states[name]
  if state == nil then
    state = read(base .. name) or false
    states[name] = state
  end
  if state and state.kind == kind then return with_zeros(state) end
  return nil
end
-- the state of a limit of this life
local function state_of(name, kind)
  local state = kept_of(name, kind)
  return state and (kind == 'ban' or state.life == clock.life) and state or nil
end
local function save()
  local pairs_to_set, names = {}, {}
  if clock_changed then pairs_to_set = { KEYS[1], cjson.encode(clock) } end
  for name in pairs(dirty) do
    local state = states[name]
    without_zeros(state)
    for _, window in pairs(state.windows or {}) do without_zeros(window) end
    pairs_to_set[#pairs_to_set + 1] = base .. name
    pairs_to_set[#pairs_to_set + 1] = cjson.encode(state)
    if is_new[name] then names[#names + 1] = name end
  end
  if #pairs_to_set > 0 then redis.call('MSET', unpack(pairs_to_set)) end
  if #names > 0 then redis.call('SADD', KEYS[5], unpack(names)) end
end
local function save_token(key, token)
  for _, part in ipairs(token.parts) do
    without_zeros(part)
    for _, w in ipairs(part.windows or {}) do without_zeros(w) end
  end
  redis.call('SET', key, cjson.encode(token), 'PX', whole(max(token.holdUntil - now, 0) + TOKEN_LIFE_MS))
end
-- a token that is closed only tells that it was there
local function close_token(token, phase)
  token.phase, token.parts, token.adopted, token.direct = phase, {}, nil, nil
  save_token(KEYS[6], token)
  redis.call('ZREM', KEYS[3], request.token)
end

local function clock_view()
  if now >= clock.lastNow then
    for _, sample in ipairs(clock.samples) do
      if sample.at >= now - SAMPLE_LIFE then return sample.offset, sample.error end
    end
  end
  return clock.offset, UNKNOWN_ERROR
end
local function note_time()
  if now == clock.lastNow then return end
  clock_changed = true
  if now < clock.lastNow then
    clock.samples = {}
    clock.backs = clock.backs + 1
  end
  clock.lastNow = now
end
local function add_sample(sent, replied, venue_ms, slack)
  local sample = {
    offset = venue_ms - floor((sent + replied) / 2),
    error = ceil((replied - sent) / 2) + slack + 1,
    at = replied,
  }
  local kept = {}
  for _, s in ipairs(clock.samples) do
    if s.at >= replied - SAMPLE_LIFE and s.error < sample.error and #kept < MAX_SAMPLES - 1 then kept[#kept + 1] = s end
  end
  kept[#kept + 1] = sample
  clock.samples, clock_changed = kept, true
  clock.offset = kept[1].offset
end
-- venue minus Redis clock and its uncertainty
local offset, err

local function announced_figure(key)
  local entry = announced[key]
  return entry and entry.limit > 0 and entry.limit or nil
end
-- puts the figures that the venue announced last into a draw
local function in_force(draw)
  if next(announced) == nil then return end
  draw.limit = announced_figure(draw.name) or announced_figure(draw.id) or draw.limit
  draw.rate = announced_figure(draw.name .. '#rate') or announced_figure(draw.id .. '#rate') or draw.rate
end

local crossings = {}
local function tell_crossing(draw, window, window_ms, threshold, used, limit)
  local crossing = {
    limit = draw.id, scope = draw.scope, window = window, windowMs = window_ms,
    threshold = threshold, used = used, limitValue = limit, at = now,
  }
  crossings[#crossings + 1] = crossing
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', whole(STREAM_LENGTH), '*', 'crossing', cjson.encode(crossing))
end
local THRESHOLDS = { 50, 90, 100 }

-- families by kind; each is the twin of the file of its name in domain/rate-limit/families, and made when it is asked for
local makers = {}
local family = setmetatable({}, { __index = function(made, kind)
  local one = makers[kind]()
  made[kind] = one
  return one
end })
`;

/** Behind the families: what goes over them. */
export const OVER_FAMILIES = String.raw`
local function cold_end(draw) return now + max(family[draw.kind].span(draw), MIN_COLD) end
local function cold_retry(cold)
  if cold - now > LONGEST_COLD_WAIT then return now + COLD_RETRY end
  return cold
end
local function open_state(draw)
  local state = family[draw.kind].fresh()
  state.kind = draw.kind
  state.life, state.cold, state.closed, state.halved, state.strike1, state.strike2 = 0, 0, 0, 0, 0, 0
  return state
end
-- the state of a limit, to be changed: a lost one begins its cold time, and stays closed where it was
local function state_to_change(draw)
  local state = state_of(draw.name, draw.kind)
  if not state then
    local kept = kept_of(draw.name, draw.kind)
    state = open_state(draw)
    state.life, state.cold = clock.life, cold_end(draw)
    if kept then
      state.closed, state.halved, state.strike1, state.strike2 = kept.closed, kept.halved, kept.strike1, kept.strike2
    end
    states[draw.name] = state
    is_new[draw.name] = true
  end
  dirty[draw.name] = true
  return state
end
local function is_cancel() return request.priority == 'cancel' end
local function allowance(state, draw)
  local kind = family[draw.kind]
  local allowed = kind.allowed(kind.limit_of(state, draw), draw.ceiling, is_cancel())
  if now < state.halved and not is_cancel() then return floor(allowed / 2) end
  return allowed
end

-- an unsettled token is spent at its hold end: the cost stands wherever it may have arrived
local function sweep_holds()
  local ended = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', whole(now), 'LIMIT', 0, SWEEP_BATCH)
  for _, id in ipairs(ended) do
    local key = base .. 'token:' .. id
    local held = key == KEYS[6] and kept_token or decoded_token(redis.call('GET', key))
    if held and held.phase == 'open' then
      held.phase = 'spent'
      for _, part in ipairs(held.parts) do
        local state = is_living(held) and state_of(part.name, part.kind)
        if state then
          family[part.kind].spend(state, part, held.holdUntil)
          dirty[part.name] = true
        end
      end
      save_token(key, held)
    end
    redis.call('ZREM', KEYS[3], id)
  end
  return #ended > 0
end
`;
