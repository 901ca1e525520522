import GraphExec
import ModelEvaluation
import ModelFiles
import Reports
import Timing

/// An evaluation as the command prints it.
struct EvaluationReport {
  let evaluation: Evaluation
  let stored: StoredModel
  let path: String
  let diskBytes: Int
  let images: EvaluatedImages
  let device: BackendSummary

  /// For people.
  var text: String {
    var facts = TextTable(["", ""], alignments: [.leading, .leading])
    facts.append(["model", "\(path) (\(stored.form))"])
    facts.append(["layers", Format.widths(stored.original.widths)])
    facts.append([
      "as run", "\(Format.widths(evaluation.layers)), \(Format.layerFormats(evaluation.formats))",
    ])
    facts.append([
      "weights",
      "\(Format.count(Double(stored.survivors))) of \(Format.count(Double(stored.original.parameterCount)))",
    ])
    facts.append(["trained on", images.trainedOn])
    facts.append(["tested on", images.testedOn])
    facts.append(["device", "\(device.name) (\(device.backend))"])
    facts.append([
      "accuracy",
      "\(Format.accuracy(evaluation.accuracy)) (\(evaluation.correct) of \(evaluation.images) \(images.isOwn ? "" : images.dataset + " ")images)",
    ])
    for (count, time) in evaluation.latencies {
      let rate = Double(count) / time.seconds
      facts.append([
        "\(Format.count(Double(count))) image\(count == 1 ? "" : "s")",
        "\(Format.seconds(time.seconds * 1000)) ms (\(Format.count(rate)) images/s)",
      ])
    }
    facts.append(["bytes on disk", Format.count(Double(diskBytes))])
    if let bytes = evaluation.deviceBytes {
      facts.append([
        "bytes on the device",
        "\(Format.count(Double(bytes))) with the activations of \(Evaluation.batchSize) images",
      ])
    }
    let body = facts.text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
    return body.joined(separator: "\n")
      + "\nConfusion matrix: a row per true class, a column per predicted class\n"
      + confusion.text
  }

  private var confusion: TextTable {
    let classes = images.classes
    var table = TextTable([""] + classes, alignments: [.trailing] + classes.map { _ in .trailing })
    for (label, row) in evaluation.confusion.enumerated() {
      table.append([classes[label]] + row.map { $0 == 0 ? "·" : String($0) })
    }
    return table
  }
}
