/** A start page without photos shows them once there are some. */
import { follow } from "./live.js";

let wasEmpty = false;

follow(({ running, images }) => {
  if (wasEmpty && images) location.reload();
  wasEmpty ||= running && images === 0;
});
