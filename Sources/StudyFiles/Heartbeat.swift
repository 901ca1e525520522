import Files
import Text

/// What a process that works on a study says of itself every now and then: that it is there, and how far its jobs are.
package struct Heartbeat: Equatable, Sendable {
  /// How far a job is.
  package struct Progress: Equatable, Sendable {
    package var job: String
    /// Epochs that are done, and those there are; 0 of 0 where a job is none of epochs.
    package var epoch: Int
    package var epochs: Int
    /// What the rest should take; nil where that is not known yet.
    package var secondsLeft: Double?

    package init(job: String, epoch: Int, epochs: Int, secondsLeft: Double? = nil) {
      self.job = job
      self.epoch = epoch
      self.epochs = epochs
      self.secondsLeft = secondsLeft
    }
  }

  package var worker: Worker
  /// Counts up: whoever sees another number knows that the process was there in between, whatever the clocks say.
  package var beat: Int
  /// Whether it works in the folder; until then it waits to open it.
  package var isAtWork: Bool
  /// The device that it trains on.
  package var device: String
  package var jobs: [Progress]

  package init(worker: Worker, beat: Int, isAtWork: Bool, device: String, jobs: [Progress]) {
    self.worker = worker
    self.beat = beat
    self.isAtWork = isAtWork
    self.device = device
    self.jobs = jobs
  }

  var json: JSONValue {
    let jobs = jobs.map { job in
      JSONValue.object(
        JSONObject([
          ("job", .string(job.job)), ("epoch", JSONValue(job.epoch)), ("epochs", JSONValue(job.epochs)),
          ("seconds_left", job.secondsLeft.map { JSONValue($0) } ?? .null),
        ]))
    }
    return .object(
      JSONObject(
        worker.members + [
          ("beat", JSONValue(beat)), ("at_work", .bool(isAtWork)), ("device", .string(device)),
          ("jobs", .array(jobs)),
        ]))
  }

  /// Reads a heartbeat; nil where the file is gone, or is half written at this moment.
  package init?(id: String, path: String) {
    guard let bytes = try? FileSystem.read(path, limit: 1 << 20), let json = try? JSONParser.parse(bytes),
      case .object(let object) = json, let worker = Worker(id: id, object),
      case .number(let beat)? = object["beat"], let beat = Int(beat)
    else { return nil }
    self.worker = worker
    self.beat = beat
    isAtWork = object["at_work"] == .bool(true)
    if case .string(let text)? = object["device"] { device = text } else { device = "" }
    guard case .array(let jobs)? = object["jobs"] else { return nil }
    self.jobs = jobs.compactMap { value in
      guard case .object(let job) = value, case .string(let name)? = job["job"],
        case .number(let epoch)? = job["epoch"], case .number(let epochs)? = job["epochs"]
      else { return nil }
      var left: Double?
      if case .number(let text)? = job["seconds_left"] { left = Double(text) }
      return Progress(job: name, epoch: Int(epoch) ?? 0, epochs: Int(epochs) ?? 0, secondsLeft: left)
    }
  }
}
