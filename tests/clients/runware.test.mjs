// @runware/sdk-js as it comes from npm, over WebSocket.
import { Runware } from "@runware/sdk-js";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import {
    KEY, MODEL, PATIENCE_MS, PIXEL, WRONG_KEY, cancelTask, looksLikeMp4, sleep, startServer,
} from "./server.mjs";

let server;
let client;

const film = { model: MODEL, positivePrompt: "A red ball bounces in a sunny meadow", duration: 3,
               width: 848, height: 480 };
const quick = { ...film, steps: 2 };

before(async () => {
    server = await startServer();
    client = new Runware({ url: server.socketUrl, apiKey: KEY });
});

after(async () => {
    await client.disconnect();
    assert.equal(await server.stop(), 0);
});

async function rejection(promise) {
    try {
        await promise;
    } catch (reason) {
        return reason.error ?? reason;
    }
    throw new assert.AssertionError({ message: "it was accepted" });
}

test("a film comes out of a sentence", { timeout: PATIENCE_MS }, async () => {
    const results = await client.videoInference({
        ...film, numberResults: 1, outputType: "URL", outputFormat: "MP4", includeCost: true,
        settings: { audio: true, promptExtend: true },
    });
    const [result] = [results].flat();
    assert.equal(result.status, "success");
    assert.equal(result.cost, 0.33);
    const file = await fetch(result.videoURL);
    assert.equal(file.headers.get("content-type"), "video/mp4");
    assert.ok(looksLikeMp4(new Uint8Array(await file.arrayBuffer())));
});

test("two results are two films", { timeout: PATIENCE_MS }, async () => {
    const results = await client.videoInference({ ...quick, numberResults: 2 });
    assert.equal(results.length, 2);
    assert.notEqual(results[0].videoUUID, results[1].videoUUID);
    assert.equal(results[1].seed, (results[0].seed + 1) % 2 ** 32);
});

test("progress is told while a film is made", { timeout: PATIENCE_MS }, async () => {
    const [accepted] = [await client.videoInference({
        ...film, numberResults: 4, steps: 12, skipResponse: true,
    })].flat();
    const seen = [];
    let items;
    do {
        await sleep(100);
        items = await client.getResponse({ taskUUID: accepted.taskUUID, numberResults: 4 });
        seen.push(items[0].progress ?? 100);
        assert.equal(items.length, 4);
    } while (items.some((item) => item.status === "processing"));
    assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
    assert.ok(seen.some((percent) => percent > 0 && percent < 100), `${seen}`);
});

test("a validation error names the parameter", async () => {
    const error = await rejection(client.videoInference({ ...quick, duration: 2 }));
    assert.equal(error.code, "unsupportedDuration");
    assert.equal(error.parameter, "duration");
    assert.equal(error.min, 3);
});

test("a wrong key is told at once", async () => {
    const stranger = new Runware({ url: server.socketUrl, apiKey: WRONG_KEY });
    const error = await rejection(stranger.videoInference(quick));
    assert.equal(error.code, "invalidApiKey");
    await stranger.disconnect();
});

test("an image is uploaded", async () => {
    const image = await client.imageUpload({ image: `data:image/png;base64,${PIXEL}` });
    assert.match(image.imageUUID, /^[0-9a-f-]{36}$/);
    const stored = await client.mediaStorage({ operation: "upload", media: PIXEL });
    assert.match([stored].flat()[0].mediaUUID, /^[0-9a-f-]{36}$/);
});

test("a task that ends badly rejects the promise", { timeout: PATIENCE_MS }, async () => {
    const taskUUID = randomUUID();
    const failing = rejection(client.videoInference({
        ...film, customTaskUUID: taskUUID, numberResults: 4, steps: 100,
    }));
    let reply;
    do {
        await sleep(100);
        reply = await cancelTask(server, taskUUID);
    } while (reply.status === 404);
    assert.equal(reply.status, 200);
    assert.equal((await failing).code, "taskCancelled");
});

test("the other calls are answered", async () => {
    const prompts = await client.enhancePrompt({ prompt: "a red ball bounces", promptVersions: 2 });
    assert.equal(prompts.length, 2);
    assert.match(prompts[0].text, /^a red ball bounces\..*<sfx>/);
    const models = await client.modelSearch({ search: "skyreels" });
    assert.equal([models].flat()[0].results[0].air, MODEL);
});
