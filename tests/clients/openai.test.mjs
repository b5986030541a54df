// openai as it comes from npm, over HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI, { toFile } from "openai";
import {
    KEY, MODEL, PATIENCE_MS, PIXEL, WRONG_KEY, cancelTask, looksLikeMp4, sleep, startServer,
} from "./server.mjs";

let server;
let client;

const film = { model: MODEL, prompt: "A red ball bounces in a sunny meadow", seconds: "3",
               size: "1280x720" };

before(async () => {
    server = await startServer();
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY, maxRetries: 0 });
});

after(async () => {
    assert.equal(await server.stop(), 0);
});

// The states that a video went through, and what it was at the end.
async function finish(id) {
    const seen = [];
    let video;
    do {
        await sleep(100);
        video = await client.videos.retrieve(id);
        seen.push(video.progress);
    } while (video.status === "queued" || video.status === "in_progress");
    return { video, seen };
}

test("a film comes out of a sentence, with progress", { timeout: PATIENCE_MS }, async () => {
    const created = await client.videos.create(film);
    assert.equal(created.object, "video");
    assert.equal(created.seconds, "3");
    assert.equal(created.size, "1280x720");
    const { video, seen } = await finish(created.id);
    assert.equal(video.status, "completed");
    assert.equal(video.progress, 100);
    assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
    assert.ok(seen.some((percent) => percent > 0 && percent < 100), `${seen}`);
    const content = await client.videos.downloadContent(created.id);
    assert.equal(content.headers.get("content-type"), "video/mp4");
    assert.ok(looksLikeMp4(new Uint8Array(await content.arrayBuffer())));
});

test("films are listed and deleted", { timeout: PATIENCE_MS }, async () => {
    const page = await client.videos.list({ limit: 1 });
    assert.equal(page.data.length, 1);
    const gone = await client.videos.delete(page.data[0].id);
    assert.deepEqual([gone.id, gone.deleted], [page.data[0].id, true]);
    const error = await rejection(client.videos.retrieve(page.data[0].id));
    assert.equal(error.status, 404);
});

async function rejection(promise) {
    try {
        await promise;
    } catch (error) {
        assert.ok(error instanceof OpenAI.APIError, `${error}`);
        return error;
    }
    throw new assert.AssertionError({ message: "it was accepted" });
}

test("a validation error names the parameter", async () => {
    const error = await rejection(client.videos.create({ ...film, size: "100x100" }));
    assert.equal(error.status, 400);
    assert.equal(error.code, "unsupportedModelResolution");
    assert.equal(error.param, "size");
    assert.equal(error.type, "invalid_request_error");
    assert.equal((await rejection(client.videos.create({ ...film, seconds: "16" }))).param,
                 "seconds");
});

test("a wrong key is refused", async () => {
    const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: WRONG_KEY, maxRetries: 0 });
    const error = await rejection(stranger.videos.create(film));
    assert.equal(error.status, 401);
});

test("an uploaded image arrives, and is refused as long as the engine cannot use it", async () => {
    const image = await toFile(Buffer.from(PIXEL, "base64"), "first.png", { type: "image/png" });
    const error = await rejection(client.videos.create({ ...film, input_reference: image }));
    assert.equal(error.status, 400);
    assert.equal(error.code, "unsupportedParameter");
    assert.equal(error.param, "input_reference");
});

test("a task that ends badly is a failed video", { timeout: PATIENCE_MS }, async () => {
    const created = await client.videos.create({ ...film, seconds: "15" });
    const hex = created.id.replace("video_", "");
    const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    assert.equal((await cancelTask(server, uuid)).status, 200);
    const { video } = await finish(created.id);
    assert.equal(video.status, "failed");
    assert.equal(video.error.code, "taskCancelled");
});

test("the model is listed", async () => {
    const models = [];
    for await (const model of client.models.list()) {
        models.push(model.id);
    }
    assert.deepEqual(models, [MODEL]);
});
