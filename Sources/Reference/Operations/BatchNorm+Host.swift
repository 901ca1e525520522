import Foundation
import GraphExec

// Sums are of Double, so that their order says nothing.

extension BatchNorm: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (x, y) = (model.input(0, of: node), model.output(of: node))
    let parameters = node.parameters.map { model.value($0) }
    let channels = HostChannels(node.inputs[0], model, batch)
    guard channels.count > 0 else { return }
    for c in 0..<channels.channels {
      let (mean, squares) = channels.moments(of: c, x)
      let n = Double(channels.count)
      let unbiased = n > 1 ? squares / (n - 1) : squares / n
      parameters[2][c] += Float(momentum) * (Float(mean) - parameters[2][c])
      parameters[3][c] += Float(momentum) * (Float(unbiased) - parameters[3][c])
      let factor = parameters[0][c] * Float(1 / (squares / n + epsilon).squareRoot())
      let offset = parameters[1][c] - Float(mean) * factor
      channels.forEachPlace(of: c) { at in y[at] = x[at] * factor + offset }
    }
  }
}

extension BatchNormInference: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (x, y) = (model.input(0, of: node), model.output(of: node))
    let parameters = node.parameters.map { model.value($0) }
    let channels = HostChannels(node.inputs[0], model, batch)
    for c in 0..<channels.channels {
      let factor = parameters[0][c] / (parameters[3][c] + Float(epsilon)).squareRoot()
      let offset = parameters[1][c] - parameters[2][c] * factor
      channels.forEachPlace(of: c) { at in y[at] = x[at] * factor + offset }
    }
  }
}

extension BatchNormScaleGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (x, dY, dScale) = (model.input(0, of: node), model.input(1, of: node), model.output(of: node))
    let channels = HostChannels(node.inputs[0], model, batch)
    for c in 0..<channels.channels {
      let (mean, squares) = channels.moments(of: c, x)
      var sum = 0.0
      channels.forEachPlace(of: c) { at in sum += Double(dY[at]) * (Double(x[at]) - mean) }
      dScale[c] = Float(sum / (squares / Double(channels.count) + epsilon).squareRoot())
    }
  }
}

extension BatchNormInputGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (x, dY, dX) = (model.input(0, of: node), model.input(1, of: node), model.output(of: node))
    let (dScale, dShift) = (model.input(2, of: node), model.input(3, of: node))
    let scale = model.value(node.parameters[0])
    let channels = HostChannels(node.inputs[0], model, batch)
    let n = Double(channels.count)
    for c in 0..<channels.channels {
      let (mean, squares) = channels.moments(of: c, x)
      let inverse = 1 / (squares / n + epsilon).squareRoot()
      let factor = Double(scale[c]) * inverse
      channels.forEachPlace(of: c) { at in
        let normal = (Double(x[at]) - mean) * inverse
        dX[at] = Float(factor * (Double(dY[at]) - (Double(dShift[c]) + normal * Double(dScale[c])) / n))
      }
    }
  }
}

extension BatchNormInferenceGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (dY, dX) = (model.input(0, of: node), model.output(of: node))
    let (scale, variance) = (model.value(node.parameters[0]), model.value(node.parameters[3]))
    let channels = HostChannels(node.inputs[0], model, batch)
    for c in 0..<channels.channels {
      let factor = scale[c] / (variance[c] + Float(epsilon)).squareRoot()
      channels.forEachPlace(of: c) { at in dX[at] = dY[at] * factor }
    }
  }
}

extension BiasGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (dY, sums) = (model.input(0, of: node), model.output(of: node))
    let channels = HostChannels(node.inputs[0], model, batch)
    for c in 0..<channels.channels {
      var sum = 0.0
      channels.forEachPlace(of: c) { at in sum += Double(dY[at]) }
      sums[c] = Float(sum)
    }
  }
}

/// The channels of a tensor, with the columns of the batch's images.
private struct HostChannels {
  let channels: Int
  private let pixels: Int
  private let stride: Int
  private let images: Int
  /// Entries of a channel.
  var count: Int { pixels * images }

  init(_ tensor: TensorID, _ model: CPUModel, _ batch: HostBatch) {
    let shape = model.trainingGraph.shape(tensor)
    (channels, pixels, stride, images) = (shape.channels, shape.pixels, model.stride, batch.count)
  }

  @inline(__always)
  func forEachPlace(of channel: Int, _ body: (Int) -> Void) {
    for row in channel * pixels..<(channel + 1) * pixels {
      for at in row * stride..<row * stride + images { body(at) }
    }
  }

  /// The mean, and the sum of the squared distances from it.
  func moments(of channel: Int, _ x: UnsafeMutableBufferPointer<Float>) -> (mean: Double, squares: Double) {
    var (sum, squares) = (0.0, 0.0)
    forEachPlace(of: channel) { at in sum += Double(x[at]) }
    let mean = sum / Double(count)
    forEachPlace(of: channel) { at in squares += (Double(x[at]) - mean) * (Double(x[at]) - mean) }
    return (mean, squares)
  }
}
