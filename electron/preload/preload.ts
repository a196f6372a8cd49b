/** The bridge into the sandboxed page: `window.holdfast` with one named function a request and one subscription an event, nothing else. */
import { contextBridge, ipcRenderer } from 'electron';
import { buildPageApi } from './page-bridge.ts';

contextBridge.exposeInMainWorld(
  'holdfast',
  buildPageApi({
    invoke: (name, params) => ipcRenderer.invoke(name, params),
    listen: (name, listener) => {
      ipcRenderer.on(name, (_, payload: unknown) => listener(payload));
    },
  }),
);
