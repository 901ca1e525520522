import GraphExec

// A line of the output at a time: the patches that its pixels read are gathered side by side, and multiplied by BLAS.

extension Conv2D: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    guard let lines = HostConvolution(self, node, on: model, batch, input: node.inputs[0]) else { return }
    let (x, y) = (model.input(0, of: node), model.output(of: node))
    let weight = model.value(node.parameters[0])
    var patches = lines.emptyPatches
    var sums = lines.emptySums
    for line in 0..<lines.output.height {
      lines.gather(line, from: x, into: &patches)
      // The product is added to the bias, where there is one.
      if bias { lines.repeatEach(of: model.value(node.parameters[1]), into: &sums) }
      // W [depth, outputs], patches [depth, pixels]
      model.blas.multiply(
        OpenBLAS.rowMajor, OpenBLAS.transposed, OpenBLAS.plain, lines.outputs, lines.pixels, lines.depth, 1,
        weight.baseAddress, lines.outputs, patches, lines.pixels, bias ? 1 : 0, &sums, lines.pixels)
      lines.store(sums, line, into: y)
    }
  }
}

extension Conv2DInputGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    guard let output = node.output,
      let lines = HostConvolution(forward, node, on: model, batch, input: output)
    else { return }
    let (dY, dX) = (model.input(0, of: node), model.output(of: node))
    let weight = model.value(node.parameters[0])
    dX.update(repeating: 0)
    var patches = lines.emptyPatches
    var upstream = lines.emptySums
    for line in 0..<lines.output.height {
      lines.load(line, of: dY, into: &upstream)
      // W [depth, outputs], dY [outputs, pixels]
      model.blas.multiply(
        OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.plain, lines.depth, lines.pixels, lines.outputs, 1,
        weight.baseAddress, lines.outputs, upstream, lines.pixels, 0, &patches, lines.pixels)
      lines.scatter(patches, line, into: dX)
    }
  }
}

extension Conv2DWeightGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    guard let lines = HostConvolution(forward, node, on: model, batch, input: node.inputs[0]) else { return }
    let (x, dY, gradient) = (model.input(0, of: node), model.input(1, of: node), model.output(of: node))
    var patches = lines.emptyPatches
    var upstream = lines.emptySums
    for line in 0..<lines.output.height {
      lines.gather(line, from: x, into: &patches)
      lines.load(line, of: dY, into: &upstream)
      // patches [depth, pixels], dY [outputs, pixels]
      model.blas.multiply(
        OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.transposed, lines.depth, lines.outputs, lines.pixels, 1,
        patches, lines.pixels, upstream, lines.pixels, line == 0 ? 0 : 1, gradient.baseAddress, lines.outputs)
    }
  }
}

/// A convolution's lines on the CPU backend, whose tensors are `[channels, height, width, stride]` without a border.
private struct HostConvolution {
  let output: Shape
  private let convolution: Conv2D
  private let input: Shape
  private let stride: Int
  private let images: Int

  /// Rows of the weight, filters, and the pixels and images of a line, as BLAS counts.
  var depth: Int32 { Int32(input.channels * convolution.kernel * convolution.kernel) }
  var outputs: Int32 { Int32(output.channels) }
  var pixels: Int32 { Int32(output.width * images) }
  var emptyPatches: [Float] { [Float](repeating: 0, count: Int(depth) * Int(pixels)) }
  var emptySums: [Float] { [Float](repeating: 0, count: Int(outputs) * Int(pixels)) }

  /// Nil where the tensor is no image, or the batch is empty.
  init?(_ convolution: Conv2D, _ node: Graph.Node, on model: CPUModel, _ batch: HostBatch, input: TensorID) {
    guard batch.count > 0, case .activation(let shape) = model.trainingGraph[input].role,
      let output = try? convolution.shape([shape])
    else { return nil }
    (self.convolution, self.input, self.output) = (convolution, shape, output)
    (stride, images) = (model.stride, batch.count)
  }

  /// Calls `body` with each tap that a line's pixels read inside the image: its row of the patches, the pixel, and the place
  /// of the input's pixel.
  private func forEachRead(_ line: Int, _ body: (_ row: Int, _ pixel: Int, _ at: Int) -> Void) {
    let (kernel, padding) = (convolution.kernel, convolution.padding)
    for c in 0..<input.channels {
      for ky in 0..<kernel {
        let y = line * convolution.stride + ky - padding
        guard (0..<input.height).contains(y) else { continue }
        for kx in 0..<kernel {
          let row = (c * kernel + ky) * kernel + kx
          for pixel in 0..<output.width {
            let x = pixel * convolution.stride + kx - padding
            guard (0..<input.width).contains(x) else { continue }
            body(row, pixel, ((c * input.height + y) * input.width + x) * stride)
          }
        }
      }
    }
  }

  func gather(_ line: Int, from x: UnsafeMutableBufferPointer<Float>, into patches: inout [Float]) {
    patches.withUnsafeMutableBufferPointer { patches in
      patches.update(repeating: 0)
      forEachRead(line) { row, pixel, at in
        let to = row * Int(pixels) + pixel * images
        for b in 0..<images { patches[to + b] = x[at + b] }
      }
    }
  }

  func repeatEach(of bias: UnsafeMutableBufferPointer<Float>, into sums: inout [Float]) {
    for at in sums.indices { sums[at] = bias[at / Int(pixels)] }
  }

  func scatter(_ patches: [Float], _ line: Int, into dX: UnsafeMutableBufferPointer<Float>) {
    patches.withUnsafeBufferPointer { patches in
      forEachRead(line) { row, pixel, at in
        let from = row * Int(pixels) + pixel * images
        for b in 0..<images { dX[at + b] += patches[from + b] }
      }
    }
  }

  private func forEachPixel(_ line: Int, _ body: (_ place: Int, _ at: Int) -> Void) {
    for o in 0..<output.channels {
      for pixel in 0..<output.width {
        body(
          o * Int(pixels) + pixel * images, ((o * output.height + line) * output.width + pixel) * stride)
      }
    }
  }

  func load(_ line: Int, of y: UnsafeMutableBufferPointer<Float>, into values: inout [Float]) {
    values.withUnsafeMutableBufferPointer { values in
      forEachPixel(line) { place, at in for b in 0..<images { values[place + b] = y[at + b] } }
    }
  }

  func store(_ values: [Float], _ line: Int, into y: UnsafeMutableBufferPointer<Float>) {
    values.withUnsafeBufferPointer { values in
      forEachPixel(line) { place, at in for b in 0..<images { y[at + b] = values[place + b] } }
    }
  }
}
