// PostgreSQL's JDBC driver: metadata, batches, server-side prepared statements, fetch sizes. Arguments as in scenarios.py.
import java.math.BigDecimal;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

public class WithJdbc {
    interface Scenario {
        Object run() throws Exception;
    }

    static void check(String name, Object expected, Scenario scenario) {
        String error = "null";
        try {
            Object found = scenario.run();
            if (!expected.equals(found)) {
                error = "\"expected " + plain(expected) + ", found " + plain(found) + "\"";
            }
        } catch (Exception raised) {
            error = "\"" + plain(raised) + "\"";
        }
        System.out.println("{\"name\": \"" + name + "\", \"error\": " + error + "}");
    }

    static String plain(Object value) {
        return String.valueOf(value).replaceAll("[\"\\\\\\s]", " ");
    }

    static List<String> rows(ResultSet result, String... columns) throws SQLException {
        List<String> found = new ArrayList<>();
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (String column : columns) {
                row.add(result.getString(column));
            }
            found.add(String.join(" ", row));
        }
        return found;
    }

    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/dev";
        try (Connection connection = DriverManager.getConnection(url, "awsuser", "mockpass"); Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists public.jdbc");
            statement.execute("create table public.jdbc (id int primary key, name varchar(20) not null, amount numeric(10, 2), info super)");
            DatabaseMetaData metadata = connection.getMetaData();
            check("tables", List.of("jdbc TABLE"),
                () -> rows(metadata.getTables(null, "public", "jdbc", null), "TABLE_NAME", "TABLE_TYPE"));
            check("columns", List.of("id int4 10 NO", "name varchar 20 NO", "amount numeric 10 YES", "info super 2147483647 YES"),
                () -> rows(metadata.getColumns(null, "public", "jdbc", "%"), "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "IS_NULLABLE"));
            check("primary_keys", List.of("id 1 jdbc_pkey"),
                () -> rows(metadata.getPrimaryKeys(null, "public", "jdbc"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"));
            statement.execute("create table public.jdbc_line (number int references public.jdbc (id))");
            List<String> key = List.of("jdbc id jdbc_line number 1 jdbc_line_number_fkey jdbc_pkey");
            String[] columns = {"PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "FK_NAME", "PK_NAME"};
            check("imported_keys", key, () -> rows(metadata.getImportedKeys(null, "public", "jdbc_line"), columns));
            check("exported_keys", key, () -> rows(metadata.getExportedKeys(null, "public", "jdbc"), columns));
            statement.execute("create procedure public.jdbc_both (a int, b out varchar(9), c inout int) as $$ begin b := a; end $$ language plpgsql");
            check("procedure_columns", List.of("a 1", "b 4", "c 2"),
                () -> rows(metadata.getProcedureColumns(null, "public", "jdbc_both", null), "COLUMN_NAME", "COLUMN_TYPE"));
            statement.execute("drop table public.jdbc_line");
            statement.execute("drop procedure public.jdbc_both (int, int)");
            check("schemas", true, () -> rows(metadata.getSchemas(), "TABLE_SCHEM").contains("public"));
            check("batches", "[1, 1, 1]", () -> {
                try (PreparedStatement insert = connection.prepareStatement("insert into public.jdbc (id, name, amount) values (?, ?, ?)")) {
                    for (int number = 0; number < 3; number++) {
                        insert.setInt(1, number);
                        insert.setString(2, "n" + number);
                        insert.setBigDecimal(3, new BigDecimal("1.50"));
                        insert.addBatch();
                    }
                    return Arrays.toString(insert.executeBatch());
                }
            });
            check("prepared_in_the_server", List.of("2 n2 1.50"), () -> {
                List<String> found = List.of();
                try (PreparedStatement select = connection.prepareStatement("select id, name, amount from public.jdbc where id = ?")) {
                    for (int time = 0; time < 7; time++) {
                        select.setInt(1, 2);
                        found = rows(select.executeQuery(), "id", "name", "amount");
                    }
                }
                return found;
            });
            check("fetch_sizes", 3, () -> {
                connection.setAutoCommit(false);
                try (Statement cursor = connection.createStatement()) {
                    cursor.setFetchSize(2);
                    return rows(cursor.executeQuery("select id from public.jdbc"), "id").size();
                } finally {
                    connection.commit();
                    connection.setAutoCommit(true);
                }
            });
            check("procedures", 5, () -> {
                statement.execute("create or replace procedure public.jdbc_next (n int, r inout int) as $$ begin r := n + 1; end $$ language plpgsql");
                try (CallableStatement call = connection.prepareCall("call public.jdbc_next(?, ?)")) {
                    call.setInt(1, 4);
                    call.setInt(2, 0);
                    call.registerOutParameter(2, Types.INTEGER);
                    call.execute();
                    return call.getInt(2);
                }
            });
            check("a_timeout_cancels", "57014", () -> {
                statement.setQueryTimeout(1);
                try {
                    statement.execute("select pg_sleep(30)");
                    return "no timeout";
                } catch (SQLException raised) {
                    return raised.getSQLState();
                }
            });
        }
    }
}
