import { FAIR_SHARE_LUA } from '../fair-share-script.js';

/** Which limits refuse, and why. Twin of `refuse` in `domain/rate-limit/reserve.ts`. */
const REFUSE = String.raw`
local OPENING_STEP = 100
local OPENING_ORDER = { cancel = 0, reduce = 1, place = 2, query = 3 }
local GRAVITY = { fair_share = 0, exhausted = 1, cold = 2, banned = 3 }

local function deny(draw)
  local kept = kept_of(draw.name, draw.kind)
  if kept and kept.closed > 0 then
    local opens = kept.closed + OPENING_ORDER[request.priority] * OPENING_STEP
    if now < opens then return draw.kind == 'ban' and 'banned' or 'exhausted', opens end
  end
  if draw.kind == 'ban' or draw.cost == 0 or request.mode == 'probe' then return nil end
  local state = state_of(draw.name, draw.kind)
  if not state then return 'cold', cold_retry(cold_end(draw)) end
  if now < state.cold then return 'cold', cold_retry(state.cold) end
  local till = family[draw.kind].earliest(state, draw, allowance(state, draw))
  if till then return 'exhausted', till end
  return nil
end

-- the answer when a limit refuses; nil when every one of them grants
local function refuse()
  local retry_at, worst, worst_until, limit, cold, denials = 0, nil, 0, '', {}, {}
  for _, draw in ipairs(request.draws) do
    local reason, till = deny(draw)
    local strategy = false
    if not reason then reason, till, strategy = deny_by_turn(draw, deny, allowance) end
    if reason then
      denials[#denials + 1] = { draw = draw, reason = reason, till = till, strategy = strategy }
      retry_at = max(retry_at, till)
      if reason == 'cold' then cold[#cold + 1] = draw.id end
      if not worst or GRAVITY[reason] > GRAVITY[worst] or (reason == worst and till > worst_until) then
        worst, worst_until, limit = reason, till, draw.id
      end
    end
  end
  if not worst then return nil end
  wait_for_turns(denials, allowance)
  return { granted = false, now = now, retryAt = retry_at, limit = limit, reason = worst, cold = cold }
end
`;

/** Takes the cost from every limit. Twin of `take` in `domain/rate-limit/reserve.ts`. */
const TAKE = String.raw`
local function take()
  local function some(list) return #list > 0 and list or nil end
  note_time()
  if request.mode == 'adopt' and #clock.samples == 0 and clock.offset ~= offset then
    clock.offset, clock_changed = offset, true
  end
  local at = request.mode == 'adopt' and min(request.at, now) or now
  local hold_until = at + request.holdMs
  local parts, due = {}, {}
  for _, draw in ipairs(request.draws) do
    if draw.kind ~= 'ban' then
      local kind, state = family[draw.kind], state_to_change(draw)
      local part = {
        name = draw.name, kind = draw.kind, cost = draw.cost, windowMs = draw.windowMs, rate = draw.rate,
      }
      kind.take(state, draw, part, at, hold_until)
      parts[#parts + 1] = part
      kind.cross(state, draw, false)
      if kind.is_due and kind.is_due(state) then due[#due + 1] = draw.id end
    end
  end
  save()
  save_token(KEYS[6], {
    at = at, holdUntil = hold_until, backs = clock.backs, life = clock.life, phase = 'open', parts = parts,
    adopted = request.mode == 'adopt' or nil, direct = take_turns(),
  })
  redis.call('ZADD', KEYS[3], whole(hold_until), request.token)
  return {
    granted = true, at = at, holdUntil = hold_until, offset = offset, error = err,
    crossings = some(crossings), due = some(due),
  }
end
`;

/** In the order of the twin; a refusal changes no limit but by holds that have ended, and notes who waits. */
const MAIN = String.raw`
if request.mode == 'adopt' and request.view then
  offset, err = request.view.offset, request.view.error
else
  offset, err = clock_view()
end
if token_state then
  return cjson.encode({
    granted = true, at = token_state.at, holdUntil = token_state.holdUntil, offset = offset, error = err,
  })
end
local swept = sweep_holds()
for _, draw in ipairs(request.draws) do in_force(draw) end
local refusal
if request.mode ~= 'adopt' then refusal = refuse() end
if refusal then
  if swept then save() end
  return cjson.encode(refusal)
end
return cjson.encode(take())
`;

export const RESERVE = FAIR_SHARE_LUA + REFUSE + TAKE + MAIN;
