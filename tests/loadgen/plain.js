// The plain load test: start a chat, 1 s, ask for an agent, 2 s. Form bodies, no token.
// k6 run -e BASE_URL=http://127.0.0.1:8080 plain.js
import http from 'k6/http';
import { check, sleep } from 'k6';

const base = __ENV.BASE_URL || 'http://127.0.0.1:8080';

export const options = {
  vus: Number(__ENV.USERS || 20),
  duration: __ENV.DURATION || '20s',
  thresholds: { checks: ['rate==1'] },
};

export default function () {
  const started = http.post(`${base}/chat/start`, {
    customer_id: `k6-${__VU}-${__ITER}`,
    message: 'Hello',
  });
  const good = check(started, {
    'start: status 200': (answer) => answer.status === 200,
    'start: session_id present': (answer) => Boolean(answer.json('session_id')),
  });
  if (!good) return say('start', started);
  sleep(1);
  const connected = http.post(`${base}/agent/connect`, { session_id: started.json('session_id') });
  const taken = check(connected, {
    'connect: status 200': (answer) => answer.status === 200,
    'connect: assigned or queued': (answer) => ['assigned', 'queued'].includes(answer.json('status')),
  });
  if (!taken) say('connect', connected);
  sleep(2);
}

function say(call, answer) {
  console.error(`${call}: ${answer.status} ${answer.error} ${answer.body}`);
  sleep(1);
}
