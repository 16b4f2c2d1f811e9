import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Properties;

/** Logs in to HiveServer2 with Hive's own JDBC driver, and prints "works" or the exceptions. */
public class JdbcLogin {
  /** args: URL, user, password. */
  public static void main(String[] args) throws Exception {
    Class.forName("org.apache.hive.jdbc.HiveDriver");
    Properties login = new Properties();
    login.setProperty("user", args[1]);
    login.setProperty("password", args[2]);
    try (Connection ignored = DriverManager.getConnection(args[0], login)) {
      System.out.println("works");
    } catch (Throwable failure) {
      for (Throwable each = failure; each != null; each = each.getCause()) {
        System.out.println(each.toString());
      }
    }
    System.exit(0);
  }
}
