// oxlint-disable unicorn/require-post-message-target-origin -- this is the port of a utility process, not a window
// The process beside the app: answers, and dies on request.
process.parentPort.on('message', ({ data }) => {
  if (data.what === 'die') process.kill(process.pid, 'SIGKILL');
  if (data.what === 'exit') process.exit(5);
  process.parentPort.postMessage({
    echo: data,
    kinds: Object.values(data).map((value) => Object.prototype.toString.call(value).slice(8, -1)),
    args: process.argv.slice(2),
    env: process.env.FIXTURE_UTILITY,
    type: process.type,
  });
});
process.stdout.write('utility started\n');
