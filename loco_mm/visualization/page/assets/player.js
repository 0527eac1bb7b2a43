// The video, if it is embedded, and the current time, which works without it as well.

const player = { element: null, url: null, event: null, loops: false, speed: 1 };

function loadMedia(number) {
  if (player.url) URL.revokeObjectURL(player.url);
  Object.assign(player, { element: null, url: null, event: null });
  const text = at(`media-${number}`);
  at("playing").hidden = !text;
  at("stage").classList.toggle("plain", !text);
  if (!text) {
    at("player").replaceChildren(
      make("p", { textContent: "The video is not embedded in this page, only its events are." }),
    );
    return;
  }
  player.url = blobUrl(text, "video/mp4");
  const video = make("video", { controls: true, playsInline: true, preload: "auto", src: player.url });
  video.setAttribute("aria-label", page.videos[number].id);
  video.addEventListener("loadedmetadata", () => {
    // The element has the shape of the picture, so that there are no bars beside it.
    video.style.setProperty("--ratio", video.videoWidth / video.videoHeight || 4 / 3);
  });
  video.addEventListener("timeupdate", follow);
  video.addEventListener("seeked", follow);
  video.addEventListener("play", tick);
  video.addEventListener("pause", keepLink);
  video.playbackRate = player.speed;
  player.element = video;
  at("player").replaceChildren(video);
}

function blobUrl(script, type) {
  return URL.createObjectURL(new Blob([bytesOf(script.textContent)], { type }));
}

function follow() {
  // Keeps the requested time, although the video stops at the nearest frame.
  if (!player.element || player.element.seeking) return;
  if (player.element.paused && Math.abs(player.element.currentTime - state.time) < 0.05) return;
  state.time = player.element.currentTime;
  if (player.event && !player.element.paused && state.time >= player.event.end) return endEvent();
  movePlayhead();
}

// At the end of an event that is played: stops, or begins anew.
function endEvent() {
  const { event } = player;
  if (player.loops) {
    seek(event.start);
    return;
  }
  player.element.pause();
  player.event = null;
  seek(event.end);
}

function tick() {
  if (!player.element || player.element.paused) return;
  follow();
  keepInView();
  requestAnimationFrame(tick);
}

function seek(time) {
  state.time = Math.max(0, Math.min(timeline.video.duration, time));
  if (player.element) player.element.currentTime = state.time;
  movePlayhead();
  keepInView();
  keepLink();
}

// Seeks to a time that the user chose; the video then plays on after the end of an event.
function moveTo(time) {
  player.event = null;
  seek(time);
}

// A selection of another video interrupts what is about to play, which is no error.
function playEvent(event) {
  player.event = event;
  seek(event.start);
  player.element?.play().catch(() => {});
}

function playOrPause() {
  const video = player.element;
  if (!video) return;
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

function setLoop(loops) {
  player.loops = loops;
  at("loop").setAttribute("aria-pressed", String(loops));
}

function setSpeed(speed) {
  player.speed = speed;
  if (player.element) player.element.playbackRate = speed;
}

function listenToPlayer() {
  at("loop").addEventListener("click", () => setLoop(!player.loops));
  at("speed").addEventListener("change", (event) => setSpeed(Number(event.target.value)));
  at("link").addEventListener("click", copyLink);
}

// The URL names the video and the moment: #VIDEO&t=SECONDS. Browsers limit how often it may change.
let linking = 0;
function keepLink() {
  clearTimeout(linking);
  linking = setTimeout(() => history.replaceState(null, "", linkOf()), 200);
}

function linkOf() {
  const time = state.time ? `&t=${Number(state.time.toFixed(2))}` : "";
  return `#${encodeURIComponent(page.videos[state.number].id)}${time}`;
}

async function copyLink() {
  history.replaceState(null, "", linkOf());
  try {
    await navigator.clipboard.writeText(location.href);
    at("link").textContent = "Link copied";
  } catch {
    at("link").textContent = "Link is in the address bar";
  }
  setTimeout(() => (at("link").textContent = "Copy link"), 2000);
}

// Video and time in the URL; the index is -1 if it names no video.
function linked() {
  const [text, seconds] = location.hash.slice(1).split("&t=");
  let name = text;
  try {
    name = decodeURIComponent(text);
  } catch {
    // Typed by hand without URL encoding.
  }
  return { number: page.videos.findIndex((video) => video.id === name), time: Number(seconds) || 0 };
}
