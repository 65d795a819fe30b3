// What a pool decides and answers, in plain words. What is not known is said as the pool says it.
import { texts } from "../shared/i18n.js";
import { duration } from "../shared/format.js";

const t = texts({
  enqueued: { ko: "{who} 상담이 {queue} 대기열에 들어왔습니다", en: "{who} came into {queue}" },
  offered: { ko: "{who} 상담을 {agent}에게 제안했습니다", en: "{who} was offered to {agent}" },
  assigned: { ko: "{agent} 상담원이 {who} 상담을 받았습니다 (대기 {waited})", en: "{agent} took {who} after {waited}" },
  wrapping: { ko: "{agent} 상담원이 {who} 상담을 후처리합니다", en: "{agent} wraps up {who}" },
  completed: { ko: "{agent} 상담원이 {who} 상담을 마쳤습니다", en: "{agent} completed {who}" },
  transferred: { ko: "{agent} 상담원이 {who} 상담을 넘겼습니다", en: "{agent} handed {who} over" },
  requeued: { ko: "{who} 상담이 다시 대기합니다", en: "{who} waits again" },
  relaxed: { ko: "{who} 상담의 조건을 넓혔습니다", en: "{who} settles for more agents" },
  overflowed: { ko: "{who} 상담이 {queue} 대기열로 넘어갔습니다", en: "{who} overflowed into {queue}" },
  moved: { ko: "{who} 상담을 {queue} 대기열로 옮겼습니다", en: "{who} was moved to {queue}" },
  prioritized: { ko: "{who} 상담의 우선순위를 바꿨습니다", en: "{who} got another priority" },
  canceled: { ko: "{who} 상담이 취소되었습니다 (대기 {waited})", en: "{who} is over without an agent after {waited}" },
  released: { ko: "{agent} 상담원의 {who} 상담 자리를 비웠습니다", en: "{agent} was freed of {who}" },
  claimed: { ko: "{agent} 상담원이 전화 {who} 상담을 위해 채팅을 비웁니다", en: "{agent} drains for the call {who}" },
  unclaimed: { ko: "{agent} 상담원은 {who} 상담을 위해 비우지 않습니다", en: "{agent} drains for {who} no more" },
  listening: { ko: "{who} 대화 듣기", en: "Listening to {who}" },
  presence: { ko: "{agent} 상담원: {presence}", en: "{agent} is {presence}" },
  switched: { ko: "비상 스위치가 바뀌었습니다", en: "A switch was turned" },
  configured: { ko: "새 설정이 적용되었습니다", en: "A new configuration counts" },
  refused: { ko: "요청이 거절되었습니다", en: "A request was refused" },
  "p.routable": { ko: "상담 가능", en: "routable" },
  "p.custom": { ko: "자리 비움", en: "away" },
  "p.offline": { ko: "접속 해제", en: "offline" },
  by: { ko: "{by} 님이 지시", en: "by {by}" },

  longest_idle: { ko: "가장 오래 쉰 상담원", en: "idle for the longest" },
  least_loaded: { ko: "맡은 상담이 가장 적은 상담원", en: "has the fewest contacts" },
  highest_proficiency: { ko: "숙련도가 가장 높은 상담원", en: "the most proficient" },
  round_robin: { ko: "차례", en: "next by turn" },
  next_in_line: { ko: "줄의 다음 차례", en: "next in line" },
  by_hand: { ko: "직접 지정", en: "by hand" },
  rejected: { ko: "상담원이 거절함", en: "the agent rejected it" },
  no_answer: { ko: "상담원이 응답하지 않음", en: "the agent did not answer" },
  agent_lost: { ko: "상담원 연결이 끊김", en: "the agent was lost" },
  wrap_up_timeout: { ko: "후처리 시간이 끝남", en: "the wrap-up time was over" },
  supervisor: { ko: "관제자의 지시", en: "a supervisor said so" },
  "socket closed": { ko: "연결이 닫힘", en: "the connection closed" },
  "lease renewed": { ko: "다시 연결됨", en: "connected again" },
  back: { ko: "돌아옴", en: "is back" },
  customer_left: { ko: "고객이 나감", en: "the customer left" },
  customer_abandoned: { ko: "고객이 포기함", en: "the customer gave up" },
  customer: { ko: "고객이 끝냄", en: "the customer ended it" },
  agent: { ko: "상담원이 마침", en: "the agent is done" },
  max_depth: { ko: "대기열이 가득 참", en: "the queue is full" },
  max_wait: { ko: "너무 오래 기다림", en: "waited too long" },
  unstaffed: { ko: "담당 상담원이 없음", en: "no agent is there" },
  closed_hours: { ko: "운영 시간이 아님", en: "outside business hours" },
  not_responding: { ko: "무응답", en: "not responding" },
  on: { ko: "시작", en: "began" },
  off: { ko: "끝", en: "ended" },
  priority: { ko: "{rest}(으)로", en: "to {rest}" },
  unknown_contact: { ko: "없는 상담", en: "no such contact" },
  already_assigned: { ko: "이미 배정됨", en: "assigned already" },

  not_of_queue: { ko: "이 대기열을 담당하지 않음", en: "does not serve this queue" },
  wrong_channel: { ko: "이 채널을 담당하지 않음", en: "does not serve this channel" },
  synthetic: { ko: "시험용과 실제 상담은 섞지 않음", en: "test and real do not mix" },
  waits_for_preferred: { ko: "선호 상담원 {rest}을(를) 기다림", en: "it waits for {rest}, who is preferred" },
  missing_skill: { ko: "기술 부족: {rest}", en: "lacks the skill {rest}" },
  left_out_for_a_while: { ko: "방금 거절하거나 놓쳐 잠시 제외", en: "left out for a while after a reject or a miss" },
  offline: { ko: "접속하지 않음", en: "offline" },
  away: { ko: "자리 비움 {rest}", en: "away {rest}" },
  "away:": { ko: "자리 비움 ({rest})", en: "away ({rest})" },
  connection_lost: { ko: "연결이 끊김", en: "the connection is lost" },
  in_call: { ko: "통화 중", en: "in a call" },
  at_capacity: { ko: "더 받을 수 없음", en: "has no room" },
  draining_for_it: { ko: "이 전화를 위해 채팅을 비우는 중", en: "drains for it" },
  holds_chats: { ko: "채팅 상담 중", en: "holds chats" },
  drains_for: { ko: "다른 전화를 위해 비우는 중", en: "drains for another call" },

  "nobody is free for it": { ko: "지금 받을 수 있는 상담원이 없습니다.", en: "Nobody is free for it." },
  "no agent serves such contacts of the queue": { ko: "이 대기열의 이런 상담을 맡는 상담원이 없습니다.", en: "No agent serves such contacts of the queue." },
  "held by": { ko: "{rest} 상담원이 맡고 있습니다.", en: "{rest} has it." },
  "settles for": { ko: "조건을 넓힘: {rest}", en: "settles for {rest}" },
  "may go": { ko: "제외가 풀림: {rest}", en: "may go {rest}" },
  "goes back:": { ko: "응답이 없으면 되돌아감: {rest}", en: "goes back: {rest}" },
});

// The first one, two or three words may be a known phrase whose rest is a value.
export function plain(reason) {
  if (t(reason) !== reason) return t(reason, { rest: "" }).trim();
  const words = reason.split(" ");
  for (const n of [3, 2, 1]) {
    const head = words.slice(0, n).join(" ");
    if (words.length > n && t(head) !== head) return t(head, { rest: words.slice(n).join(" ") });
  }
  return reason;
}

// A decision as a sentence and its reason.
export function told(event, who) {
  const said = t(event.event, {
    who, queue: event.queue, agent: event.agent_id || "–", waited: duration(event.waited_s ?? 0),
    presence: t(`p.${event.presence ?? "offline"}`),
  });
  const why = [event.reason && plain(event.reason), event.by && t("by", { by: event.by })].filter(Boolean);
  return { said, why: why.join(", ") };
}
