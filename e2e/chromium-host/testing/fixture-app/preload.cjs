const { contextBridge, ipcRenderer } = require('electron');

function attempt(action) {
  try {
    action();
    return 'worked';
  } catch (error) {
    return error.message;
  }
}

globalThis.secret = 'of the preload only';
globalThis.preloadRuns = (globalThis.preloadRuns ?? 0) + 1;
const found = {
  fs: attempt(() => require('fs')),
  nodeFs: attempt(() => require('node:child_process')),
  shell: attempt(() => require('electron').shell),
  sendSync: attempt(() => ipcRenderer.sendSync('echo')),
  platform: process.platform,
  isSandboxed: process.sandboxed,
  pageGlobals: typeof globalThis.seenByPage,
};

contextBridge.exposeInMainWorld('fixture', {
  found,
  list: [1, { two: 2 }],
  invoke: (channel, ...args) => ipcRenderer.invoke(channel, ...args),
  on: (channel, listener) => {
    const forward = (_event, ...args) => listener(...args);
    ipcRenderer.on(channel, forward);
    return () => ipcRenderer.removeListener(channel, forward);
  },
  runs: () => globalThis.preloadRuns,
  same: (value) => value,
  callBack: (callback) => callback('from the preload') + '!',
  fail: () => {
    throw new RangeError('not there');
  },
  later: async () => ({ deep: () => 'a function in a result' }),
  sameKey: () => attempt(() => contextBridge.exposeInMainWorld('fixture', {})),
});
