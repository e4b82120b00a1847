// @ts-check
/** What the graphics card does for every pixel of the screen: window the film, lay map, fill and outline over it. */

export const VERTEX = `#version 300 es
void main() {  // one triangle that covers the pane
  gl_Position = vec4(vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2.0 - 1.0, 0, 1);
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D film;
uniform sampler2D mask, map;
uniform mat2 toFilm;      // device pixels to film pixels
uniform vec2 here, pane, size;  // the film's point at the middle; device pixels; film pixels
uniform vec2 window;      // lowest grey and width, 0..65535
uniform bool inverted;
uniform int level;        // of the film's pyramid
uniform float cut, line;  // where the outline is cut; half its width in device pixels
uniform vec2 blur;        // which of the smaller pictures of mask and map are shown
uniform bool unsettled;   // the smaller pictures of the mask are not those of the mask: a brush is at work
uniform bool fromMap;     // the outline is cut from the map, else from the mask
uniform vec3 opacity;     // of outline, fill and map
out vec4 colour;

const vec3 AMBER = vec3(1.0, 0.69, 0.0), PLUM = vec3(0.863, 0.149, 0.498), BLUE = vec3(0.392, 0.561, 1.0);

float grey(vec2 at) {  // bilinear; integer textures are not filtered by themselves
  ivec2 most = textureSize(film, level) - 1;
  vec2 place = at / float(1 << level) - 0.5;
  ivec2 low = clamp(ivec2(floor(place)), ivec2(0), most), high = clamp(ivec2(floor(place)) + 1, ivec2(0), most);
  vec2 part = fract(place);
  float a = float(texelFetch(film, low, level).r), b = float(texelFetch(film, ivec2(high.x, low.y), level).r);
  float c = float(texelFetch(film, ivec2(low.x, high.y), level).r), d = float(texelFetch(film, high, level).r);
  return mix(mix(a, b, part.x), mix(c, d, part.x), part.y);
}

float heightAt(vec2 at) {
  return fromMap ? textureLod(map, at / size, blur.y).r : textureLod(mask, at / size, blur.x).r;
}

bool nearEdge(vec2 at) {  // far from the outline a smaller picture of the mask is all inside or all outside
  return fromMap || unsettled || abs(textureLod(mask, at / size, max(blur.x + 3.0, 4.0)).r - 0.5) < 0.499;
}

void main() {
  vec2 away = vec2(gl_FragCoord.x, pane.y - gl_FragCoord.y) - pane * 0.5;
  vec2 at = toFilm * away + here;
  colour = vec4(0, 0, 0, 1);
  if (any(lessThan(at, vec2(0))) || any(greaterThanEqual(at, size))) return;

  float bright = clamp((grey(at) - window.x) / window.y, 0.0, 1.0);
  vec3 seen = vec3(inverted ? 1.0 - bright : bright);
  if (opacity.z > 0.0) {
    float likely = textureLod(map, at / size, blur.y).r;
    vec3 warm = likely < 0.5 ? mix(BLUE, PLUM, likely * 2.0) : mix(PLUM, AMBER, likely * 2.0 - 1.0);
    seen = mix(seen, warm, opacity.z * smoothstep(0.01, 0.2, likely));
  }
  if (opacity.x + opacity.y > 0.0) {
    float height = heightAt(at);
    float over = height > cut ? 1e4 : -1e4;  // in pixels of the screen, from the outline inwards
    if (nearEdge(at)) {
      vec2 right = toFilm * vec2(1, 0), down = toFilm * vec2(0, 1);
      vec2 rise = vec2(heightAt(at + right) - heightAt(at - right), heightAt(at + down) - heightAt(at - down)) * 0.5;
      over = (height - cut) / max(length(rise), 1e-5);
    }
    seen = mix(seen, AMBER, opacity.y * clamp(over + 0.5, 0.0, 1.0));
    float rim = clamp(line + 1.5 - abs(over), 0.0, 1.0), stroke = clamp(line + 0.5 - abs(over), 0.0, 1.0);
    seen = mix(mix(seen, vec3(0), 0.45 * opacity.x * rim), AMBER, opacity.x * stroke);
  }
  colour = vec4(seen, 1);
}`;
