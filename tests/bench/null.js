// One request again and again, its answer checked. k6 run -e BASE_URL=… -e STAGES='5s:20,5s:20' -e USERS=20 null.js
import http from 'k6/http';
import { check } from 'k6';

const stages = (__ENV.STAGES || '10s:1').split(',').map((stage) => {
  const [duration, target] = stage.split(':');
  return { duration, target: Number(target) };
});

export const options = {
  scenarios: {
    users: { executor: 'ramping-vus', startVUs: Number(__ENV.USERS || 0), stages, gracefulRampDown: '5s' },
  },
  summaryTrendStats: ['avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'max'],
};

const body = '{"customer_id":"c-1","message":"Where is my parcel?"}';
const params = { headers: { 'Content-Type': 'application/json' } };

export default function () {
  const answer = http.post(`${__ENV.BASE_URL}/null`, body, params);
  check(answer, { right: (got) => got.status === 200 && got.body.includes('"status":"ok"') });
}
