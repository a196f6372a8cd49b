// The page's own first script: what the preload exposed is already there.
window.seenByPage = typeof window.fixture;
window.ticks = [];
window.seconds = 0;
window.stopTicks = window.fixture.on('tick', (number) => window.ticks.push(number));
window.fixture.on('second', () => {
  window.seconds += 1;
});
window.fixture.on('ask-echo', () => void window.fixture.invoke('echo', 'echo'));
