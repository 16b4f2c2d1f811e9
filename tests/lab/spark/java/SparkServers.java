import java.util.concurrent.FutureTask;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2;

/** Spark Thrift Servers in one Spark application. The files on the class path are theirs. */
public class SparkServers {
  static SparkSession session;

  /** Starts "spark-thrift" in binary mode, "spark-thrift-http" in HTTP mode. */
  public static synchronized AutoCloseable start(String name) throws Exception {
    if (session == null) {
      session = SparkSession.builder().getOrCreate();
    }
    String mode = name.endsWith("-http") ? "http" : "binary";
    session.sparkContext().hadoopConfiguration().set("hive.server2.transport.mode", mode);
    // The configuration of a server is kept with the thread that starts it.
    FutureTask<HiveThriftServer2> starting = new FutureTask<>(() -> HiveThriftServer2.startWithContext(session.sqlContext()));
    new Thread(starting).start();
    return starting.get()::stop;
  }
}
