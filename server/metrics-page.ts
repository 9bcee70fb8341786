/** The relay's counts in Prometheus' text format (version 0.0.4), for whoever runs it: on the loopback interface only. */
import { createServer, type Server } from 'node:http';
import type { Family, Labels, Sample } from './metrics';

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function sampleLine(name: string, { suffix = '', labels = {}, value }: Sample): string {
  return `${name}${suffix}${labelText(labels)} ${value}`;
}

function metricsText(families: readonly Family[]): string {
  const lines = families.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map((sample) => sampleLine(name, sample)),
  ]);
  return `${lines.join('\n')}\n`;
}

export function openMetricsPage(families: () => Promise<readonly Family[]>): Server {
  return createServer((request, response) => {
    const isAsked = request.method === 'GET' && request.url === '/metrics';
    response.setHeader('Content-Type', isAsked ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain');
    if (!isAsked) {
      response.writeHead(404).end('not found: see /metrics\n');
      return;
    }
    families().then(
      (all) => response.end(metricsText(all)),
      () => response.writeHead(500).end('failed\n'),
    );
  });
}
