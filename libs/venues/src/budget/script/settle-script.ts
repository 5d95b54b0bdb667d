/** Twin of `domain/rate-limit/settle.ts`. */
export const SETTLE = String.raw`
local STRIKE_SPAN, HALVED = 300000, 600000

if token_state and (token_state.phase == 'settled' or token_state.phase == 'released') then
  return cjson.encode({ kind = 'repeated', crossings = {}, corrections = {} })
end
if token_state and request.outcome == 'unknown' and request.repliedAt < 0 then
  return cjson.encode({ kind = 'kept', crossings = {}, corrections = {} })
end
offset, err = clock_view()
sweep_holds()
note_time()

local token = token_state
local function call_span()
  local reserved_at = now
  if token then reserved_at = token.at elseif request.sentAt >= 0 then reserved_at = request.sentAt end
  local earliest, sent, replied = min(reserved_at, now), request.sentAt, request.repliedAt
  if sent < earliest or sent > now or replied > now then return earliest, now end
  if replied < 0 then return sent, now end
  if replied < sent then return earliest, now end
  return sent, replied
end
local steady = token and token.backs == clock.backs
local sent_at, replied_at
if token and not steady then
  sent_at, replied_at = now - (token.holdUntil - token.at), now
else
  sent_at, replied_at = call_span()
end
if steady and request.venueMs >= 0 then add_sample(sent_at, replied_at, request.venueMs, request.venueSlackMs) end
offset, err = clock_view()
local corrections = {}

local function find(list, name)
  for _, item in ipairs(list) do
    if item.name == name then return item end
  end
  return nil
end
local function final_cost(draw)
  if request.outcome == 'success' then return draw.onSuccess or draw.cost end
  if request.outcome == 'failure' then return draw.onFailure or draw.cost end
  return draw.cost
end
local function settle_draw(draw)
  local kind, state = family[draw.kind], state_to_change(draw)
  local part = token and find(token.parts, draw.name)
  if part and part.kind ~= draw.kind then part = nil end
  local answered = {
    sent = sent_at, replied = replied_at, part = part, final = final_cost(draw),
    open = not token or token.phase ~= 'spent', reading = find(request.readings, draw.name),
  }
  kind.settle(state, draw, answered)
  -- what an adopted call was told may leave out calls that were settled in the lost state
  local is_believed = not (token and token.adopted)
  local delta = answered.reading and is_believed and kind.read(state, draw, answered)
  if delta then
    corrections[#corrections + 1] = { limit = draw.id, scope = draw.scope, delta = delta }
    if token then state.cold = 0 end
  end
  kind.cross(state, draw, false)
end

-- calls that were on their way at the last refusal are refused for the same reason: they do not count again
local function strike(state)
  if sent_at <= state.strike2 and state.strike2 <= now then return end
  if state.strike1 > 0 and now - state.strike1 <= STRIKE_SPAN then state.halved = now + HALVED end
  state.strike1, state.strike2 = state.strike2, now
end
local function close(draw)
  local closure = find(request.closures, draw.name)
  if not closure then return end
  local kind, state = family[draw.kind], state_to_change(draw)
  if draw.kind == 'ban' then state.cold = 0 end
  local over = kind.close(state, draw, closure.ms < 0 and closure.ms or WAIT_WINDOW)
  if closure.ms >= 0 then over = now + closure.ms end
  if closure.venueAt then over = closure.venueAt - offset + err end
  state.closed = max(state.closed, over)
  if draw.kind == 'ban' then return end
  strike(state)
  kind.cross(state, draw, true)
end

for _, draw in ipairs(request.draws) do
  in_force(draw)
  if draw.kind ~= 'ban' then settle_draw(draw) end
end
for _, draw in ipairs(request.draws) do close(draw) end
if token then close_token(token, 'settled') end
save()
return cjson.encode({ kind = token and 'settled' or 'lost', crossings = crossings, corrections = corrections })
`;
