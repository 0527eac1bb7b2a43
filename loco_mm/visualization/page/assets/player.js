// The video, if it is embedded, and the current time, which works without it as well.

const player = { element: null, url: null };

function loadMedia(number) {
  if (player.url) URL.revokeObjectURL(player.url);
  Object.assign(player, { element: null, url: null });
  const text = at(`media-${number}`);
  if (!text) {
    at("player").replaceChildren(
      make("p", { textContent: "The video is not embedded in this page, only its events are." }),
    );
    return;
  }
  player.url = URL.createObjectURL(new Blob([bytesOf(text.textContent)], { type: "video/mp4" }));
  const video = make("video", { controls: true, playsInline: true, preload: "auto", src: player.url });
  video.setAttribute("aria-label", page.videos[number].id);
  video.addEventListener("timeupdate", follow);
  video.addEventListener("seeked", follow);
  video.addEventListener("play", tick);
  player.element = video;
  at("player").replaceChildren(video);
}

function follow() {
  // Keeps the requested time, although the video stops at the nearest frame.
  if (!player.element || player.element.seeking) return;
  if (player.element.paused && Math.abs(player.element.currentTime - state.time) < 0.05) return;
  state.time = player.element.currentTime;
  movePlayhead();
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
}

function playOrPause() {
  const video = player.element;
  if (!video) return;
  if (video.paused) video.play();
  else video.pause();
}
