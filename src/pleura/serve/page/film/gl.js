// @ts-check
/** The few things of WebGL2 that the film's pane needs: a program, its uniforms, textures. */

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} vertex
 * @param {string} fragment
 * @throws {Error} what the driver says
 */
export function programOf(gl, vertex, fragment) {
  const program = /** @type {WebGLProgram} */ (gl.createProgram());
  for (const [kind, text] of /** @type {[number, string][]} */ ([
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    const logs = gl.getAttachedShaders(program)?.map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`the shader is refused: ${gl.getProgramInfoLog(program)} ${logs}`);
  }
  return program;
}

/**
 * Where each uniform of a program stands.
 * @param {WebGL2RenderingContext} gl
 * @param {WebGLProgram} program
 * @returns {Object<string, WebGLUniformLocation>}
 */
export function uniformsOf(gl, program) {
  const found = /** @type {Object<string, WebGLUniformLocation>} */ ({});
  for (let index = 0; index < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); index++) {
    const name = /** @type {WebGLActiveInfo} */ (gl.getActiveUniform(program, index)).name;
    found[name] = /** @type {WebGLUniformLocation} */ (gl.getUniformLocation(program, name));
  }
  return found;
}

/**
 * A film and its pyramid, 16 bits, read by texelFetch.
 * @param {WebGL2RenderingContext} gl
 * @param {import("./pyramid.js").Level[]} levels
 */
export function filmTexture(gl, levels) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texStorage2D(gl.TEXTURE_2D, levels.length, gl.R16UI, levels[0].width, levels[0].height);
  levels.forEach(({ width, height, data }, index) =>
    gl.texSubImage2D(gl.TEXTURE_2D, index, 0, 0, width, height, gl.RED_INTEGER, gl.UNSIGNED_SHORT, data),
  );
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST_MIPMAP_NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}

/** A mask or map of 8 bits, filtered. */
export class SoftTexture {
  /** @param {WebGL2RenderingContext} gl @param {number} width @param {number} height @param {Uint8Array} data */
  constructor(gl, width, height, data) {
    this.gl = gl;
    this.width = width;
    this.height = height;
    this.settled = false;
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1 + Math.floor(Math.log2(Math.max(width, height))), gl.R8, width, height);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    this.put(data, { left: 0, top: 0, right: width, bottom: height });
    this.settle();
  }

  /**
   * Put the part of new values that a box holds; smaller pictures wait for `settle`, so that a brush stays quick.
   * @param {Uint8Array} data whole, (height, width)
   * @param {{left: number, top: number, right: number, bottom: number}} box
   */
  put(data, { left, top, right, bottom }) {
    if (right <= left || bottom <= top) return;
    this.settled = false;
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, this.width);
    const part = data.subarray(top * this.width + left);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, left, top, right - left, bottom - top, gl.RED, gl.UNSIGNED_BYTE, part);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  }

  /** Make the smaller pictures anew. */
  settle() {
    this.gl.bindTexture(this.gl.TEXTURE_2D, this.texture);
    this.settled = true;
    this.gl.generateMipmap(this.gl.TEXTURE_2D);
    this.gl.texParameteri(this.gl.TEXTURE_2D, this.gl.TEXTURE_MIN_FILTER, this.gl.LINEAR_MIPMAP_LINEAR);
  }
}
