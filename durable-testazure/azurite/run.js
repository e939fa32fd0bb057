// Runs Azurite as a process of its own, and does with it what the lines of the standard input say. When the input ends,
// the process that started this one has gone, however it ended: then Azurite ends too, paused or not, and its data goes,
// which is in the current folder.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const readline = require("node:readline");

// In a session of its own it hears of no terminal.
const azurite = spawn(process.execPath, [require.resolve("azurite/dist/src/azurite.js"), ...process.argv.slice(2)], {
  detached: true,
  stdio: ["ignore", "inherit", "inherit"],
});
azurite.on("exit", () => process.exit());

const orders = {
  pause: () => azurite.kill("SIGSTOP"),
  resume: () => azurite.kill("SIGCONT"),
  // A paused one hears of its end when it goes on.
  stop: () => azurite.kill("SIGTERM") && azurite.kill("SIGCONT"),
  kill: () => azurite.kill("SIGKILL"),
};

const input = readline.createInterface({ input: process.stdin });
input.on("line", (order) => {
  if (orders[order]()) {
    console.log(`done: ${order}`);
  }
});
input.on("close", () => {
  // First its data: whoever sees that it has ended shall see that this is gone too.
  fs.rmSync(process.cwd(), { recursive: true, force: true });
  azurite.kill("SIGKILL");
});
