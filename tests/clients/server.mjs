// A real `reel serve` with the bundled model, for one test file: its own folder, port and key.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const KEY = "a-key-of-more-than-24-letters";
export const WRONG_KEY = "a-wrong-key-of-more-than-24-letters";
export const MODEL = "skywork:skyreels@v4";

// Any film on a busy machine; a test that waits longer has failed.
export const PATIENCE_MS = 580_000;

export async function startServer() {
    const folder = mkdtempSync(join(tmpdir(), "reel-clients-"));
    const digest = createHash("sha256").update(KEY).digest("hex");
    writeFileSync(join(folder, "keys"), `${digest} clients\n`);
    const log = join(folder, "log");
    const words = ["serve", "-l", "127.0.0.1:0", "-d", join(folder, "data"), "-m",
                   process.env.REEL_MODEL, "-k", join(folder, "keys")];
    const child = spawn(process.env.REEL_PROGRAM, words, {
        stdio: ["ignore", "pipe", openSync(log, "a")],
        env: { ...process.env, OMP_WAIT_POLICY: "passive" },
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const url = await new Promise((resolve, reject) => {
        createInterface({ input: child.stdout }).once("line", resolve);
        ended.then(() => reject(new Error(readFileSync(log, "utf8"))));
    });
    return {
        url,
        socketUrl: url.replace("http:", "ws:") + "/v1",
        log: () => readFileSync(log, "utf8"),
        async stop() {
            child.kill("SIGTERM");
            const code = await ended;
            rmSync(folder, { recursive: true });
            return code;
        },
    };
}

export function sleep(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

// What stops a task: the server's own extension, which neither client has a call for.
export function cancelTask(server, uuid) {
    return fetch(`${server.url}/v1/tasks/${uuid}`, {
        method: "DELETE",
        headers: { Authorization: `Bearer ${KEY}` },
    });
}

// An image of one red pixel.
export const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ" +
    "/pLvAAAAAElFTkSuQmCC";

// Non-zero size and the right beginning: the file that a browser would play.
export function looksLikeMp4(bytes) {
    return bytes.length > 1000 && Buffer.from(bytes.subarray(4, 8)).toString() === "ftyp";
}
